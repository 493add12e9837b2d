package lathe.engine;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the import lines of the engine: packages depend on each other one way only, and few know a library. */
class ArchitectureTest {

    private static final Path SOURCES = Path.of("src/main/java/lathe/engine");

    /** A package, and the packages of the engine that it may import. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            entry("tensor", Set.of()),
            entry("linalg", Set.of("tensor")),
            entry("graph", Set.of("tensor")),
            entry("onnx", Set.of("tensor", "graph")),
            entry("grid", Set.of("tensor")),
            entry("layer", Set.of("tensor", "linalg", "graph", "grid")),
            entry("solve", Set.of("tensor", "linalg", "graph", "grid", "layer")),
            entry("prune", Set.of("tensor", "linalg", "layer")),
            entry("report", Set.of("tensor", "linalg", "graph", "grid", "layer")),
            entry("qdq", Set.of("tensor", "graph", "grid", "layer")),
            entry("pipeline", Set.of("tensor", "linalg", "graph", "grid", "layer", "solve", "prune", "report", "qdq")));

    /** The packages of a library, and the packages of the engine that may import them. */
    private static final Map<String, Set<String>> LIBRARIES = Map.of(
            "org.ejml.", Set.of("linalg"),
            "org.bytedeco.", Set.of("linalg"),
            "com.google.protobuf.", Set.of("onnx"),
            "ai.onnx.", Set.of("onnx"),
            "it.unimi.dsi.fastutil.", ARROWS.keySet(),
            "java.", ARROWS.keySet());

    /**
     * An import line.
     *
     * @param from the package of the engine it stands in
     * @param name what it names, a type or a member
     */
    private record Import(Path file, String from, String name) {
        boolean isEngine() {
            return name.startsWith("lathe.engine.");
        }

        boolean isAllowed() {
            if (isEngine()) {
                String to = Path.of(name.replace('.', '/')).getName(2).toString();
                return to.equals(from) || ARROWS.getOrDefault(from, Set.of()).contains(to);
            }
            return LIBRARIES.entrySet().stream()
                    .anyMatch(library -> name.startsWith(library.getKey())
                            && library.getValue().contains(from));
        }

        @Override
        public String toString() {
            return "%s imports %s".formatted(file, name);
        }
    }

    private static List<Import> imports() throws IOException {
        List<Import> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                String from = SOURCES.relativize(file).getName(0).toString();
                for (String line : Files.readAllLines(file)) {
                    if (line.startsWith("import ")) {
                        String name = line.replaceFirst("^import (static )?", "")
                                .replace(";", "")
                                .strip();
                        found.add(new Import(SOURCES.relativize(file), from, name));
                    }
                }
            }
        }
        return found;
    }

    @Test
    void importsFollowTheArrows() throws IOException {
        List<Import> imports = imports();
        assertTrue(imports.stream().anyMatch(Import::isEngine), "no sources read");
        assertEquals(
                List.of(), imports.stream().filter(line -> !line.isAllowed()).toList());
    }

    @Test
    void everyPackageHasItsArrows() throws IOException {
        try (Stream<Path> packages = Files.list(SOURCES)) {
            List<String> unknown = packages.map(path -> path.getFileName().toString())
                    .filter(name -> !ARROWS.containsKey(name))
                    .toList();
            assertEquals(List.of(), unknown);
        }
    }

    /** A name spelled out in full needs no import line. */
    @Test
    void noPackageIsReachedPastItsImports() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                for (String line : Files.readAllLines(file)) {
                    String code = line.strip();
                    boolean prose = code.startsWith("*") || code.startsWith("/*") || code.startsWith("//");
                    if (!prose
                            && !code.startsWith("import ")
                            && !code.startsWith("package ")
                            && code.matches(
                                    ".*\\b(lathe\\.engine|org\\.bytedeco|org\\.ejml|com\\.google|ai\\.onnx)\\..*")) {
                        found.add(SOURCES.relativize(file) + ": " + code);
                    }
                }
            }
        }
        assertEquals(List.of(), found);
    }

    @Test
    void theArrowsFormNoCycle() {
        ARROWS.keySet().forEach(start -> assertTrue(!reaches(start, start, 0), start));
    }

    private static boolean reaches(String from, String target, int depth) {
        return depth < ARROWS.size()
                && ARROWS.get(from).stream().anyMatch(next -> next.equals(target) || reaches(next, target, depth + 1));
    }
}
