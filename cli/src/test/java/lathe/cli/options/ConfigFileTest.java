package lathe.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import lathe.cli.commands.Commands;
import lathe.cli.options.ConfigFile.LayerSection;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.ExitCode;
import lathe.cli.shell.Setting;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {

    private static ConfigFile read(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("net", ".yaml");
        try {
            Files.write(file, bytes);
            return ConfigFile.read(file.toString(), Commands.named("compress"));
        } finally {
            Files.delete(file);
        }
    }

    private static ConfigFile read(String text) throws IOException {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, List<String>> values(Map<String, Setting> options) {
        return options.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().values()));
    }

    private static List<Map.Entry<String, Map<String, List<String>>>> values(List<LayerSection> layers) {
        return layers.stream()
                .map(layer -> Map.entry(layer.glob(), values(layer.options())))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing yet\n", "---\n", "null\n", "{}\n", "layers:\n", "layers: {}\n"})
    void setsNothingWhereNothingIsSaid(String text) throws IOException {
        assertEquals(ConfigFile.NONE, read(text));
    }

    /** Key, value as YAML, values as they would be typed, parted by blanks. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "weights | 4 | 4",
                "weights | \"4\" | 4",
                "weights | 0x4 | 0x4",
                "seed | -1 | -1",
                "block | none | none",
                "output | a/b.onnx | a/b.onnx",
                "asymmetric | true | true",
                "asymmetric | False | false",
                "force | \"true\" | true",
                "force | FALSE | false",
                "mean | [0.485, 0.456, 0.406] | 0.485,0.456,0.406",
                "mean | \"0.485,0.456,0.406\" | 0.485,0.456,0.406",
                "mean | 0.485,0.456,0.406 | 0.485,0.456,0.406",
                "std | 1 | 1",
                "input-range | [-1, 1] | -1,1",
                "input-shape | [1, 3, 224, 224] | 1,3,224,224",
                "input-shape | 1,3,224,224 | 1,3,224,224",
                "input-shape | image:1,3,224,224 | image:1,3,224,224",
                "input-shape | [\"a:1,3\", \"b:1,4\"] | a:1,3 b:1,4",
                "exclude | foo | foo",
                "exclude | [foo] | foo",
                "exclude | [\"*/head/*\", 1, true] | */head/* 1 true"
            })
    void aValueIsTheTextThatWouldBeTyped(String key, String yaml, String typed) throws IOException {
        assertEquals(
                Map.of(key, List.of(typed.split(" ", -1))),
                values(read(key + ": " + yaml + "\n").options()));
    }

    @Test
    void anEmptyListOfGlobsExcludesNothing() throws IOException {
        assertEquals(Map.of("exclude", List.of()), values(read("exclude: []\n").options()));
    }

    @Test
    void layersKeepTheOrderOfTheFile() throws IOException {
        ConfigFile config = read("""
                \uFEFF# as some editors begin a file
                weights: 4
                layers:
                  '*': &most {weights: 6}
                  '/z/*': {weights: float}
                  '/a/*':
                  '/b/*': *most
                  "it's": {block: none, asymmetric: TRUE}
                """);
        assertEquals(
                List.of("*", "/z/*", "/a/*", "/b/*", "it's"),
                config.layers().stream().map(LayerSection::glob).toList());
        assertEquals(
                "{'*': {weights: 6}, '/z/*': {weights: float}, '/a/*': {}, '/b/*': {weights: 6},"
                        + " 'it''s': {asymmetric: true, block: none}}",
                config.layersText());
    }

    @Test
    void aSettingKnowsItsPlace() throws IOException {
        ConfigFile config = read("# first\nweights: 4\nlayers:\n  '*/head/*': {weights: 8}\n");
        assertTrue(config.options().get("weights").label().endsWith(".yaml:2:10: weights"), config::toString);
        assertTrue(
                config.layers()
                        .get(0)
                        .options()
                        .get("weights")
                        .label()
                        .endsWith(".yaml:4:25: layers.'*/head/*'.weights"),
                config::toString);
    }

    @Property(tries = 300, seed = "1")
    void whatIsWrittenInAnyStyleIsReadAlike(
            @ForAll("settings") Map<String, String> settings,
            @ForAll("sections") List<LayerSection> layers,
            @ForAll long style)
            throws IOException {
        ConfigFile config = read(new Yaml(new Random(style)).of(settings, layers));
        Map<String, List<String>> expected = new LinkedHashMap<>();
        settings.forEach((name, value) -> expected.put(name, List.of(value)));
        assertEquals(expected, values(config.options()));
        assertEquals(values(layers), values(config.layers()));
    }

    @Property(tries = 300, seed = "1")
    void theLayersInOneLineMeanTheSame(@ForAll("sections") List<LayerSection> layers) throws IOException {
        String text = new ConfigFile(Map.of(), layers).layersText();
        ConfigFile again = read("layers: " + text + "\n");
        assertEquals(values(layers), values(again.layers()));
        assertEquals(text, again.layersText());
    }

    @Property(tries = 500, seed = "1")
    void aRecipeThatIsPrintedAndReadIsTheSame(@ForAll("recipes") ConfigFile recipe) throws IOException {
        ConfigFile again = read(recipe.text());
        assertEquals(values(recipe.options()), values(again.options()), recipe::text);
        assertEquals(values(recipe.limits()), values(again.limits()), recipe::text);
        assertEquals(values(recipe.layers()), values(again.layers()), recipe::text);
        assertEquals(
                List.copyOf(recipe.free().keySet()), List.copyOf(again.free().keySet()), recipe::text);
        assertEquals(
                recipe.candidates().stream()
                        .map(candidate -> values(candidate.options()))
                        .toList(),
                again.candidates().stream()
                        .map(candidate -> values(candidate.options()))
                        .toList());
        assertEquals(recipe.text(), again.text());
        assertEquals(
                recipe.text(),
                read(recipe.text(step -> List.of("a comment: {}"))).text());
    }

    /** A line of the recipe, and what it comes to as options. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | equalization=none fallback=none weights=float",
                "[quantize] | equalization=none fallback=none",
                "[precondition, quantize, guard] | ''",
                "[precondition: {equalization: auto}, quantize:, guard: {}] | equalization=auto",
                "[guard: {min-snr: 20}, pack: {target: vnni}] | equalization=none min-snr=20 target=vnni weights=float",
                "[allocate]; subject to: {size: 25%} | equalization=none fallback=none target-size=25%",
                "[allocate: {device: 45nm}]; minimize: size; subject to: {snr: 20, energy: 1mJ} |"
                        + " device=45nm equalization=none fallback=none target-energy=1mJ target-snr=20"
            })
    void aStepThatIsLeftOutIsNotDone(String steps, String options) throws IOException {
        ConfigFile recipe = read("steps: " + steps.replace("; ", "\n") + "\n");
        assertEquals(
                options,
                values(recipe.options()).entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + String.join(",", entry.getValue()))
                        .sorted()
                        .collect(Collectors.joining(" ")));
    }

    @Property(tries = 2000, seed = "1")
    void anyTextIsReadOrRefusedInOneLine(@ForAll("scraps") String text) {
        anyBytesAreReadOrRefusedInOneLine(text.getBytes(StandardCharsets.UTF_8));
    }

    @Property(tries = 500, seed = "1")
    void anyBytesAreReadOrRefusedInOneLine(@ForAll byte[] bytes) {
        try {
            read(bytes);
        } catch (CommandException e) {
            assertEquals(ExitCode.BAD_INPUT, e.code());
            assertEquals(1, e.getMessage().lines().count(), e::getMessage);
            assertTrue(e.getMessage().matches("\\S*net\\S*\\.yaml(:\\d+:\\d+)?: .*"), e::getMessage);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- ", "? ", "!a [", "&a ["})
    void depthIsBounded(String level) {
        CommandException e = assertThrows(CommandException.class, () -> read(level.repeat(100_000)));
        assertTrue(e.getMessage().contains("lists in lists, more than 10 deep"), e::getMessage);
    }

    @Test
    void sizeIsBounded() throws IOException {
        String comments = "# 456789\n".repeat(1_000_000 / 9);
        String most = comments + "#".repeat(1_000_000 - comments.length());
        assertEquals(ConfigFile.NONE, read(most));
        CommandException e = assertThrows(CommandException.class, () -> read(most + "#"));
        assertTrue(e.getMessage().contains("more than 1.00 MB"), e::getMessage);
    }

    @Test
    void aThousandLayersAreNotTooMany() throws IOException {
        StringBuilder text = new StringBuilder("layers:\n");
        for (int i = 0; i < 1000; i++) {
            text.append("  '/features/features.").append(i).append("/*': {weights: 5}\n");
        }
        assertEquals(1000, read(text.toString()).layers().size());
    }

    @Provide
    Arbitrary<Map<String, String>> settings() {
        Arbitrary<String> names = Arbitraries.of("weights", "exclude", "output", "mean", "input-shape", "solver");
        return Arbitraries.maps(names, texts()).ofMaxSize(6);
    }

    /** With what leaving a step out would set, and limits only where there is something to choose and no target. */
    @Provide
    Arbitrary<ConfigFile> recipes() {
        Arbitrary<Setting> single = texts().map(text -> new Setting(List.of(text), ""));
        Arbitrary<Setting> several = texts().list().ofMinSize(2).ofMaxSize(3).map(list -> new Setting(list, ""));
        Arbitrary<Map<String, Setting>> options = Arbitraries.maps(
                        Arbitraries.of("weights", "solver", "sparsity", "seed", "mean", "min-snr", "weight-form"),
                        single)
                .ofMaxSize(7);
        Arbitrary<Map<String, Setting>> lists = Arbitraries.maps(Arbitraries.of("exclude", "input-shape"), several);
        Arbitrary<Map<String, Setting>> goals = Arbitraries.maps(Arbitraries.of("target-size", "target-snr"), single)
                .ofMaxSize(2);
        Arbitrary<Map<String, List<Setting>>> free = Arbitraries.maps(
                        Arbitraries.of("block", "granularity"), single.list().ofSize(2))
                .ofMaxSize(2);
        return Combinators.combine(options, lists, goals, free, Arbitraries.of(true, false), sections())
                .as((some, more, targets, open, chosen, layers) -> {
                    Map<String, Setting> all = new LinkedHashMap<>(some);
                    all.putAll(more);
                    all.putAll(chosen ? targets : Map.of());
                    all.put("equalization", new Setting(List.of("auto"), ""));
                    all.put("fallback", new Setting(List.of("auto"), ""));
                    all.putIfAbsent("weights", new Setting(List.of("8"), ""));
                    Map<String, List<Setting>> inOrder = new LinkedHashMap<>();
                    List.of("granularity", "block").stream()
                            .filter(open::containsKey)
                            .forEach(name -> inOrder.put(name, open.get(name)));
                    return new ConfigFile(all, layers, inOrder, chosen || open.isEmpty() ? Map.of() : targets);
                });
    }

    @Provide
    Arbitrary<List<LayerSection>> sections() {
        Arbitrary<String> words = Arbitraries.of("2", "8", "float", "none", "16", "tensor");
        Arbitrary<Map<String, Setting>> options = Arbitraries.maps(
                        Arbitraries.of("weights", "granularity", "block"),
                        words.map(word -> new Setting(List.of(word), "")))
                .ofMaxSize(3);
        return Combinators.combine(texts(), options)
                .as(LayerSection::new)
                .list()
                .uniqueElements(LayerSection::glob)
                .ofMaxSize(5);
    }

    /** One line of printable characters, with those that mean something to YAML. */
    private static Arbitrary<String> texts() {
        return Arbitraries.strings()
                .withChars("ab/._*?-:#,'\"[]{}&!|>%@` ~=0\\")
                .withChars('\u00A0', '\uFFFD')
                .withCharRange('\u00E0', '\u00FF')
                .ofMaxLength(20)
                .map(text -> text + "\uD83D\uDE00".repeat(text.length() % 2));
    }

    @Provide
    Arbitrary<String> scraps() {
        return Arbitraries.of(
                        "weights",
                        "layers",
                        "exclude",
                        "mean",
                        "force",
                        "steps",
                        "quantize",
                        "allocate",
                        "minimize",
                        "subject to",
                        "- ",
                        ": ",
                        ":",
                        "\n",
                        "\n  ",
                        "\n    ",
                        " ",
                        "- ",
                        "*",
                        "'*'",
                        "&a ",
                        "*a",
                        "[",
                        "]",
                        "{",
                        "}",
                        ",",
                        "4",
                        "true",
                        "null",
                        "'",
                        "\"",
                        "\\",
                        "#",
                        "|",
                        ">",
                        "?",
                        "!",
                        "!!int ",
                        "%",
                        "---",
                        "...",
                        "\t",
                        "\r",
                        "\u0085",
                        "\u2028",
                        "\uFEFF",
                        "\u0000",
                        "\uD83D\uDE00",
                        "<<",
                        "${A}",
                        "@",
                        "`")
                .list()
                .ofMaxSize(25)
                .map(words -> String.join("", words));
    }

    /** Writes the same in one of the many ways that YAML has. */
    private record Yaml(Random style) {

        String of(Map<String, String> settings, List<LayerSection> layers) {
            List<String> parts = new ArrayList<>();
            settings.forEach((name, value) -> parts.add("%s: %s\n".formatted(key(name), quoted(value))));
            boolean flow = style.nextBoolean();
            String open = flow ? " {" : "\n";
            parts.add(
                    style.nextInt(parts.size() + 1),
                    layers.stream()
                            .map(layer -> layer(layer, flow))
                            .collect(Collectors.joining(flow ? ",\n  " : "", "layers:" + open, flow ? "}\n" : "")));
            return String.join(style.nextBoolean() ? "# a comment\n\n" : "", parts);
        }

        private String layer(LayerSection layer, boolean flow) {
            String options = values(layer.options()).entrySet().stream()
                    .map(entry -> "%s: %s"
                            .formatted(
                                    key(entry.getKey()),
                                    plainOrQuoted(entry.getValue().get(0))))
                    .collect(Collectors.joining(", ", "{", "}"));
            return flow
                    ? "%s: %s".formatted(quoted(layer.glob()), options)
                    : "  %s: %s\n".formatted(quoted(layer.glob()), options);
        }

        private String key(String name) {
            return plainOrQuoted(name);
        }

        private String plainOrQuoted(String word) {
            return style.nextBoolean() ? word : quoted(word);
        }

        private String quoted(String text) {
            return style.nextBoolean()
                    ? "'" + text.replace("'", "''") + "'"
                    : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        }
    }
}
