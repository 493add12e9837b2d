package lathe.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lathe.cli.CommandRun;
import lathe.cli.HostileNames;
import lathe.cli.models.ModelFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The report: a page and JSON, one content; written whole, in the form of its schema, harmless whatever names say. */
class ReportFileTest {

    private static final Pattern EMBEDDED =
            Pattern.compile("<script type=\"application/json\" id=\"report\">(.*?)</script>");

    @TempDir
    Path folder;

    private CommandRun compress(Path model, String options) {
        List<Object> words = new ArrayList<>(List.of("compress", model, "--images", 4));
        for (String word : options.replace("@", folder.toString()).split(" ", -1)) {
            words.add(word);
        }
        return CommandRun.of(words.toArray());
    }

    private JsonObject report(Path model, String options) throws IOException {
        compress(model, options + " --report @/out.json").ok();
        return read("out.json");
    }

    private JsonObject read(String name) throws IOException {
        return JsonParser.parseString(Files.readString(folder.resolve(name))).getAsJsonObject();
    }

    private static List<String> violations(String json) throws IOException {
        try (InputStream in = ReportPage.class.getResourceAsStream("report.schema.json")) {
            Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(in, InputFormat.JSON);
            return schema.validate(json, InputFormat.JSON).stream()
                    .map(Object::toString)
                    .toList();
        }
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return new TreeSet<>(
                    found.map(file -> file.getFileName().toString()).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--weights 8",
                "--weights 4 --activations 6",
                "--weights 4 --sparsity 0.5 --exclude */blocks.1/* --exclude *classifier*",
                "--weights float --sparsity 0.5 --exclude *classifier*",
                "--granularity tensor",
                "--target-size 22% --device x86-vnni",
                "--weights 4 --device 45nm",
                "--weights nf4 --exclude *classifier*",
                "--synth gaussian",
                "--weights float --prune-channels 2% --low-rank 2% --channel-block 4",
                "--synth noise --exclude *classifier* --exclude no-such-layer"
            })
    void everyReportFollowsTheSchema(String options) throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        String printed = compress(model, "--json -o @/small.onnx --report @/out.json " + options)
                .ok()
                .out();
        String written = Files.readString(folder.resolve("out.json"));
        assertEquals(List.of(), violations(written));
        assertEquals(JsonParser.parseString(printed), JsonParser.parseString(written));
    }

    @Test
    void whatIsPrintedWithoutAReportFollowsTheSchema() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        CommandRun run = compress(model, "--json").ok();
        assertEquals(List.of(), violations(run.out()));
        assertEquals(
                1,
                run.json().getAsJsonObject("fidelity").getAsJsonArray("outputs").size());
        assertEquals(0, run.json().getAsJsonArray("pictures").size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "odd/matmul-add-rank3.onnx",
                "odd/input-two-images.onnx",
                "odd/conv-all-zero.onnx",
                "odd/names-empty.onnx",
                "odd/conv1d.onnx",
                "odd/conv3d.onnx"
            })
    void reportsOfOddNetworksFollowTheSchema(String name) throws IOException {
        Path model = CommandRun.testFile(name, folder);
        compress(model, "-o @/small.onnx --report @/out.json --report @/out.html")
                .ok();
        assertEquals(List.of(), violations(Files.readString(folder.resolve("out.json"))));
        assertEquals(read("out.json"), embedded(Files.readString(folder.resolve("out.html"))));
    }

    @ParameterizedTest
    @CsvSource({
        "layers, \"layers\": [], must have at least 1",
        "seconds, \"seconds\": \"3\", string found",
        "ratio, \"ratio\": null, null found",
        "format, \"format\": 2, constant",
        "model, \"modell\": \"x\", modell",
    })
    void theSchemaRefusesWhatIsNoReport(String field, String instead, String complaint) throws IOException {
        JsonObject report = report(CommandRun.testFile("odd/conv1d.onnx", folder), "--weights 8");
        report.remove(field);
        String json = report.toString();
        String changed = json.substring(0, json.length() - 1) + "," + instead + "}";
        assertEquals(List.of(), violations(Files.readString(folder.resolve("out.json"))));
        assertTrue(violations(changed).toString().contains(complaint), violations(changed)::toString);
    }

    private static JsonObject embedded(String page) {
        Matcher found = EMBEDDED.matcher(page);
        assertTrue(found.find(), page);
        return JsonParser.parseString(found.group(1)).getAsJsonObject();
    }

    @Test
    void thePageHoldsTheSameAndNeedsNothingElse() throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        CommandRun run =
                compress(model, "--report @/out.html --report @/out.json").ok();
        assertTrue(run.out().contains("out.html"), run::out);
        assertEquals(Set.of("fashion-small.onnx", "fashion-small.int8.onnx", "out.html", "out.json"), files());
        String page = Files.readString(folder.resolve("out.html"));
        assertEquals(read("out.json"), embedded(page));
        assertTrue(page.length() < 1_000_000, () -> page.length() + " bytes");
        assertFalse(page.contains("{{"), page);
        assertFalse(page.contains("sourceMappingURL"));
        assertTrue(page.contains("default-src 'none'"));
        assertFalse(Pattern.compile("(src|href)=\"(?!data:)|@import|url\\(")
                .matcher(page)
                .find());
    }

    @Test
    void namesTheFilesByTheirHashes() throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        JsonObject report = report(model, "-o @/small.onnx");
        assertEquals(
                ModelFiles.sha256(folder.resolve("small.onnx")),
                report.get("outputSha256").getAsString());
        assertEquals(
                ModelFiles.sha256(model),
                report.getAsJsonObject("provenance").get("sourceSha256").getAsString());
    }

    @Test
    void fidelityIsWhatVerifyFinds() throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        JsonObject fidelity =
                report(model, "-o @/small.onnx --input-range -1,1").getAsJsonObject("fidelity");
        JsonObject verified = CommandRun.of(
                        "verify",
                        model,
                        folder.resolve("small.onnx"),
                        "--seed",
                        3000,
                        "--seeds",
                        1,
                        "--images",
                        32,
                        "--json")
                .ok()
                .json();
        assertEquals(verified.get("images"), fidelity.get("images"));
        assertEquals(verified.get("seed"), fidelity.get("seed"));
        JsonObject wanted = verified.getAsJsonArray("outputs").get(0).getAsJsonObject();
        JsonObject got = fidelity.getAsJsonArray("outputs").get(0).getAsJsonObject();
        for (String number : List.of("name", "signalToNoiseDb", "cosine", "top1Agreement", "judged")) {
            assertEquals(wanted.get(number), got.get(number), number);
        }
        assertEquals(
                got.get("signalToNoiseDb").getAsDouble(),
                -20 * Math.log10(got.get("deviation").getAsDouble()),
                1e-9);
    }

    @Test
    void theSameRunGivesTheSameReportButForItsTime() throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        List<JsonObject> reports = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            JsonObject report = report(model, "--weights 4 --force -o @/small.onnx --threads " + threads);
            report.remove("seconds");
            report.remove("summary");
            report.remove("time");
            report.getAsJsonArray("layers")
                    .forEach(layer -> layer.getAsJsonObject().remove("seconds"));
            reports.add(report);
        }
        assertEquals(reports.get(0), reports.get(1));
    }

    @Test
    void aReportDoesNotChangeTheModel() throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        compress(model, "-o @/plain.onnx").ok();
        compress(model, "-o @/reported.onnx --report @/out.html").ok();
        assertEquals(-1, Files.mismatch(folder.resolve("plain.onnx"), folder.resolve("reported.onnx")));
    }

    @Test
    void showsPicturesUnlessLayersDrawTheirOwnInputs() throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        JsonArray pictures = report(model, "--images 9").getAsJsonArray("pictures");
        assertEquals(6, pictures.size());
        assertEquals(28, pictures.get(0).getAsJsonObject().get("width").getAsInt());
        assertEquals(
                2,
                report(model, "--force --images 2").getAsJsonArray("pictures").size());
        assertEquals(
                0,
                report(model, "--force --synth gaussian")
                        .getAsJsonArray("pictures")
                        .size());
        Path words = CommandRun.testFile("odd/matmul-add-rank3.onnx", folder);
        assertEquals(0, report(words, "--force").getAsJsonArray("pictures").size());
    }

    @Test
    void notesWhatIsParticularAboutALayer() throws IOException {
        Path model = CommandRun.testFile("fashion-small.onnx", folder);
        Path config = Files.writeString(folder.resolve("net.yaml"), "weights: 4\nlayers: {'*shortcut*': {weights: 6}}");
        JsonArray layers = report(model, "--config " + config).getAsJsonArray("layers");
        Set<String> notes = new TreeSet<>();
        layers.forEach(layer -> notes.add(layer.getAsJsonObject().get("bits").getAsInt() + " "
                + layer.getAsJsonObject().get("note").getAsString()));
        assertEquals(Set.of("4 ", "6 per-layer options", "8 first layer", "8 last layer"), notes);
    }

    @Test
    void noNameBecomesMarkup() throws IOException {
        List<String> names = List.of(
                "</script><script>throw 1</script>",
                "<!--<script>",
                "a\"b'c&amp;`${1}`",
                "line\u2028\u2029end",
                "{{style}}");
        Path model = HostileNames.write(names, folder.resolve("<b onclick='x'>{{chart}}&.onnx"));
        compress(model, "-o @/small.onnx --report @/out.html --report @/out.json")
                .ok();
        String page = Files.readString(folder.resolve("out.html"));
        assertEquals(3, page.split("</script", -1).length - 1);
        assertEquals(3, page.split("<script", -1).length - 1);
        for (String raw : List.of("<!--", "<b ", "throw 1</", "\u2028", "\u2029", "&amp;`")) {
            assertFalse(page.contains(raw), raw);
        }
        JsonObject report = embedded(page);
        assertEquals(read("out.json"), report);
        List<String> reported = report.getAsJsonArray("layers").asList().stream()
                .map(layer -> layer.getAsJsonObject().get("name").getAsString())
                .toList();
        assertEquals(names, reported.subList(0, names.size()));
    }

    @Test
    void replacesAReportOnlyWithForce() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Files.writeString(folder.resolve("out.html"), "precious");
        Set<String> before = files();
        CommandRun run = compress(model, "--report @/out.html");
        assertEquals(2, run.code());
        assertTrue(run.err().contains("out.html: exists already; choose another name with --report"), run::err);
        assertEquals("precious", Files.readString(folder.resolve("out.html")));
        assertEquals(before, files());
        compress(model, "--report @/out.html --force").ok();
        assertNotEquals("precious", Files.readString(folder.resolve("out.html")));
        assertEquals(Set.of("conv1d.onnx", "conv1d.int8.onnx", "out.html"), files());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--report @/out.txt | out.txt: the name of a report must end in .html or .json",
                "--report @/out | out: the name of a report must end in .html or .json",
                "--report @ | the name of a report must end in .html or .json",
                "--report @/nowhere/out.html | the folder @/nowhere does not exist; create it first",
                "--report @/taken.html | taken.html: a folder; name a file with --report",
                "--report @/a.json --report @/./a.json | a.json: named twice; choose another name with --report",
                "-o @/a.json --report @/a.json | a.json: named twice",
                "--report | option --report needs a value",
            })
    void saysWhatIsWrongBeforeAnythingIsDone(String options, String complaint) throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Files.createDirectory(folder.resolve("taken.html"));
        Set<String> before = files();
        CommandRun run = compress(model, options);
        assertEquals(2, run.code(), run::err);
        assertTrue(run.err().contains(complaint.replace("@", folder.toString())), run::err);
        assertEquals(1, run.err().lines().count(), run::err);
        assertEquals(before, files());
    }

    @Test
    void theEndOfTheNameMayBeInCapitals() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        compress(model, "--report @/OUT.HTML").ok();
        assertTrue(new String(Files.readAllBytes(folder.resolve("OUT.HTML")), StandardCharsets.UTF_8)
                .startsWith("<!DOCTYPE html>"));
    }

    @Test
    void aConfigurationFileMayNameReports() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path config = Files.writeString(
                folder.resolve("net.yaml"),
                "report: ['%s', '%s']".formatted(folder.resolve("a.html"), folder.resolve("a.json")));
        compress(model, "--config " + config).ok();
        assertTrue(files().containsAll(Set.of("a.html", "a.json")));
    }
}
