package lathe.engine;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the import lines of modules: packages depend on each other one way only, and few know a library. */
class ArchitectureTest {

    /**
     * A module whose packages form no cycle.
     *
     * @param name of the module and of its package under {@code lathe}
     * @param arrows a package, and the packages of the module that it may import; a class beside the packages is in
     *     {@code ""}
     * @param libraries the packages of a library, and the packages of the module that may import them
     */
    record Packages(String name, Map<String, Set<String>> arrows, Map<String, Set<String>> libraries) {

        Path sources() {
            return Path.of("..", name, "src/main/java/lathe", name);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final Packages ENGINE = engine();
    private static final Packages CLI = cli();

    private static Packages engine() {
        Map<String, Set<String>> arrows = Map.ofEntries(
                entry("tensor", Set.of()),
                entry("linalg", Set.of("tensor")),
                entry("graph", Set.of("tensor")),
                entry("onnx", Set.of("tensor", "graph")),
                entry("grid", Set.of("tensor")),
                entry("archive", Set.of("tensor", "graph", "onnx")),
                entry("twin", Set.of("tensor", "graph")),
                entry("operator", Set.of("tensor", "graph")),
                entry("layer", Set.of("tensor", "linalg", "graph", "grid", "operator")),
                entry("metric", Set.of("tensor", "linalg", "graph", "layer")),
                entry("channel", Set.of("tensor", "graph")),
                entry("thinning", Set.of("tensor", "linalg", "graph", "layer", "channel")),
                entry("solve", Set.of("tensor", "linalg", "graph", "grid", "layer")),
                entry("prune", Set.of("tensor", "linalg", "layer")),
                entry("report", Set.of("tensor", "linalg", "graph", "grid", "layer")),
                entry("target", Set.of("graph", "grid", "layer", "operator")),
                entry("qdq", Set.of("tensor", "graph", "grid", "operator", "layer", "target")),
                entry("task", Set.of("tensor", "linalg", "grid", "layer", "prune", "report", "solve")),
                entry("allocate", Set.of("layer", "task")),
                entry("lowrank", Set.of("tensor", "linalg", "graph", "layer", "allocate")),
                entry(
                        "pipeline",
                        Set.of(
                                "tensor",
                                "linalg",
                                "graph",
                                "grid",
                                "operator",
                                "layer",
                                "metric",
                                "solve",
                                "prune",
                                "report",
                                "target",
                                "task",
                                "twin",
                                "allocate")));
        return new Packages(
                "engine",
                arrows,
                Map.of(
                        "org.ejml.", Set.of("linalg"),
                        "org.bytedeco.", Set.of("linalg"),
                        "com.google.protobuf.", Set.of("onnx"),
                        "ai.onnx.", Set.of("onnx"),
                        "org.tukaani.", Set.of("archive"),
                        "it.unimi.dsi.fastutil.", arrows.keySet(),
                        "java.", arrows.keySet()));
    }

    private static Packages cli() {
        Map<String, Set<String>> arrows = Map.of(
                "shell", Set.of(),
                "models", Set.of("shell"),
                "device", Set.of(),
                "options", Set.of("shell", "models", "device"),
                "report", Set.of("shell", "models", "options"),
                "commands", Set.of("shell", "models", "device", "options", "report"),
                "", Set.of("shell", "commands"));
        return new Packages(
                "cli",
                arrows,
                Map.ofEntries(
                        entry("lathe.engine.", arrows.keySet()),
                        entry("lathe.synth.", Set.of("models", "device", "options", "report", "commands")),
                        entry("lathe.precondition.", Set.of("options", "commands")),
                        entry("lathe.testdata.", Set.of("commands")),
                        entry("org.apache.commons.cli.", Set.of("shell")),
                        entry("org.apache.commons.text.", Set.of("shell", "report")),
                        entry("com.google.gson.", Set.of("shell")),
                        entry("me.tongfei.progressbar.", Set.of("shell")),
                        entry("org.snakeyaml.", Set.of("options")),
                        entry("com.sun.management.", Set.of("options")),
                        entry("javax.imageio.", Set.of("models", "report")),
                        entry("java.", arrows.keySet())));
    }

    static Stream<Packages> modules() {
        return Stream.of(ENGINE, CLI);
    }

    /**
     * A line of code.
     *
     * @param from the package of the module it stands in
     */
    private record Line(Packages module, Path file, String from, String code) {

        boolean isImport() {
            return code.startsWith("import ");
        }

        String imported() {
            return code.replaceFirst("^import (static )?", "").replace(";", "").strip();
        }

        boolean isAllowed() {
            String own = "lathe.%s.".formatted(module.name());
            if (imported().startsWith(own)) {
                String to = packageOf(Path.of(imported().substring(own.length()).replace('.', '/')));
                return to.equals(from)
                        || module.arrows().getOrDefault(from, Set.of()).contains(to);
            }
            return module.libraries().entrySet().stream()
                    .anyMatch(library -> imported().startsWith(library.getKey())
                            && library.getValue().contains(from));
        }

        @Override
        public String toString() {
            return "%s: %s".formatted(file, code);
        }
    }

    /** Packages are in lower case, types are not. */
    private static String packageOf(Path path) {
        String first = path.getName(0).toString();
        return Character.isLowerCase(first.charAt(0)) && !first.endsWith(".java") ? first : "";
    }

    private static List<Line> lines(Packages module, Predicate<Line> which) throws IOException {
        List<Line> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(module.sources())) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Path name = module.sources().relativize(file);
                Files.readAllLines(file).stream()
                        .map(code -> new Line(module, name, packageOf(name), code.strip()))
                        .filter(which)
                        .forEach(found::add);
            }
        }
        return found;
    }

    @ParameterizedTest
    @MethodSource("modules")
    void importsFollowTheArrows(Packages module) throws IOException {
        List<Line> imports = lines(module, Line::isImport);
        assertTrue(imports.stream().anyMatch(line -> line.imported().startsWith("lathe.")), "no sources read");
        assertEquals(
                List.of(), imports.stream().filter(line -> !line.isAllowed()).toList());
    }

    @ParameterizedTest
    @MethodSource("modules")
    void everyPackageHasItsArrows(Packages module) throws IOException {
        try (Stream<Path> packages = Files.list(module.sources())) {
            List<String> unknown = packages.filter(Files::isDirectory)
                    .map(path -> path.getFileName().toString())
                    .filter(name -> !module.arrows().containsKey(name))
                    .toList();
            assertEquals(List.of(), unknown);
        }
    }

    /** A name spelled out in full needs no import line. */
    @ParameterizedTest
    @MethodSource("modules")
    void noPackageIsReachedPastItsImports(Packages module) throws IOException {
        String names =
                "lathe\\.%s|org\\.bytedeco|org\\.ejml|com\\.google|ai\\.onnx|org\\.apache|org\\.snakeyaml|org\\.tukaani"
                        .formatted(module.name());
        assertEquals(
                List.of(),
                lines(
                        module,
                        line -> !line.code().matches("(\\*|/\\*|//|import |package ).*")
                                && line.code().matches(".*\\b(%s)\\..*".formatted(names))));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void theArrowsFormNoCycle(Packages module) {
        module.arrows().keySet().forEach(start -> assertFalse(reaches(module, start, start, 0), start));
    }

    private static boolean reaches(Packages module, String from, String target, int depth) {
        return depth < module.arrows().size()
                && module.arrows().get(from).stream()
                        .anyMatch(next -> next.equals(target) || reaches(module, next, target, depth + 1));
    }

    /** Messages of the library are read by people who have no command line. */
    @ParameterizedTest
    @ValueSource(strings = {"engine", "precondition", "synth"})
    void noOptionOfACommandIsNamed(String name) throws IOException {
        Packages library = new Packages(name, Map.of(), Map.of());
        assertEquals(List.of(), lines(library, line -> line.code().matches(".*--[a-z].*")));
    }
}
