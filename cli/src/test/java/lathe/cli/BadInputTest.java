package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is wrong: one line that says what and where, the documented exit code, and no file left behind. */
class BadInputTest {

    private static final String MODEL = "fashion-resnet.onnx";

    @TempDir
    Path folder;

    /** Command line, exit code, what the line must say. {@code @} stands for the folder. */
    static Stream<Arguments> badCommandLines() {
        return Stream.of(
                bad("compress", 2, "MODEL is missing"),
                bad("compress @/model.onnx surplus", 2, "'surplus' is one argument too many"),
                bad("compress @/absent.onnx", 2, "absent.onnx: no such file"),
                bad("compress @", 2, "a folder; an ONNX model is needed"),
                bad("compress @/text.onnx", 2, "text.onnx: "),
                bad("compress @/empty.onnx", 2, "empty.onnx: "),
                bad("compress @/truncated.onnx", 2, "truncated.onnx: "),
                bad("compress @/external-data.onnx", 2, "external-data.data"),
                bad("compress @/no-layer.onnx", 3, "no-layer.onnx: no Conv"),
                bad("compress @/model.onnx --wieghts 8", 2, "did you mean --weights?"),
                bad("compress @/model.onnx --weights", 2, "--weights needs a value"),
                bad("compress @/model.onnx --weights 3", 2, "--weights 3: must be 8"),
                bad("compress @/model.onnx --activations 3", 2, "one of 4, 5, 6, 7, 8, none"),
                bad("compress @/model.onnx --activation-range mze", 2, "did you mean mse?"),
                bad("compress @/model.onnx --solver gtpq", 2, "did you mean gptq?"),
                bad("compress @/model.onnx --synth pictures", 2, "one of images, noise, gaussian"),
                bad("compress @/model.onnx --images 0", 2, "--images 0: must be a whole number of at least 1"),
                bad("compress @/model.onnx --images many", 2, "--images many"),
                bad("compress @/model.onnx --seed x", 2, "--seed x"),
                bad("compress @/model.onnx --threads 0", 2, "--threads 0"),
                bad("compress @/model.onnx --input-range 1", 2, "--input-range"),
                bad("compress @/model.onnx --input-range 2,1", 2, "--input-range"),
                bad("compress @/model.onnx --input-range 0,white", 2, "'white' is no number"),
                bad("compress @/model.onnx --mean 0.5", 2, "--mean and --std"),
                bad("compress @/model.onnx --mean 0.5 --std 0", 2, "--std"),
                bad("compress @/model.onnx --mean 0.5,0.5 --std 0.5", 2, "--mean has 2 numbers"),
                bad("compress @/model.onnx --input-shape 1,3,224,224", 2, "--input-shape"),
                bad("compress @/model.onnx --input-shape 28", 2, "--input-shape"),
                bad("compress @/model.onnx --input-shape pixels:1,1,28,28", 2, "'image'"),
                bad("compress @/model.onnx --input-shape 1,1,28,wide", 2, "--input-shape 1,1,28,wide"),
                bad("compress @/model.onnx -o @/taken.onnx", 2, "taken.onnx: exists already"),
                bad("compress @/model.onnx -o @/model.onnx", 2, "model.onnx: exists already"),
                bad("compress @/model.onnx -o @", 2, "a folder"),
                bad("compress @/model.onnx -o @/nowhere/out.onnx", 2, "nowhere does not exist"),
                bad("compress @/model.onnx --exclude *", 3, "excluded by '*'"),
                bad("inspect @/truncated.onnx", 2, "truncated.onnx: "),
                bad("inspect @/model.onnx --images 3", 2, "unknown option --images"),
                bad("verify @/model.onnx", 2, "COMPRESSED is missing"),
                bad("verify @/model.onnx @/absent.onnx", 2, "absent.onnx: no such file"),
                bad("verify @/model.onnx @/conv1d.onnx", 2, "not versions of one network"),
                bad("evaluate @/model.onnx", 2, "is missing"),
                bad("evaluate @/model.onnx --images @ --labels @/labels.txt", 2, "--mean and --std, or --input-range"),
                bad(
                        "evaluate @/model.onnx --images @/absent.png --labels @/labels.txt --input-range 0,1",
                        2,
                        "absent.png: no such file"),
                bad(
                        "evaluate @/model.onnx --images @/empty --labels @/labels.txt --input-range 0,1",
                        2,
                        "holds 0 images"),
                bad(
                        "evaluate @/model.onnx --images @/sheet.png --labels @/taken.onnx --input-range 0,1",
                        2,
                        "line 1 is 'taken'"),
                bad(
                        "evaluate @/model.onnx --images @/sheet.png --labels @/labels.txt --input-range 0,1 --tile 27x28",
                        2,
                        "do not split into tiles of 27 x 28"),
                bad(
                        "evaluate @/model.onnx --images @/sheet.png --labels @/labels.txt --input-range 0,1 --label-offset 1",
                        2,
                        "has the classes 0 to 9"),
                bad(
                        "evaluate @/model.onnx --images @/taken.onnx --labels @/labels.txt --input-range 0,1",
                        2,
                        "not an image"),
                bad("demo -o @/taken.onnx", 2, "exists already"));
    }

    private static Arguments bad(String line, int code, String message) {
        return Arguments.of(line, code, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badCommandLines")
    void saysWhatIsWrongInOneLineAndLeavesNoFile(String line, int code, String message) throws IOException {
        writeFiles();
        List<String> before = files();
        CommandRun run = run(line);
        assertEquals(code, run.code(), run::err);
        assertTrue(run.err().contains(message), run::err);
        assertTrue(run.err().startsWith("lathe: "), run::err);
        assertEquals(1, run.err().lines().count(), run::err);
        assertEquals("", run.out());
        assertEquals(before, files());
    }

    @Test
    void withJsonAFailureIsAnObjectToo() throws IOException {
        writeFiles();
        CommandRun run = run("compress @/no-layer.onnx --json");
        assertEquals(3, run.code());
        assertEquals(3, run.json().getAsJsonObject("error").get("exitCode").getAsInt());
        assertEquals(
                "impossible", run.json().getAsJsonObject("error").get("kind").getAsString());
        assertEquals(
                2,
                CommandRun.of("compress", "--jsno", "--json")
                        .json()
                        .getAsJsonObject("error")
                        .get("exitCode")
                        .getAsInt());
    }

    @Test
    void aStackTraceIsShownOnDemandOnly() throws IOException {
        writeFiles();
        assertFalse(run("inspect @/truncated.onnx").err().contains("\tat "));
        assertTrue(run("inspect @/truncated.onnx --debug").err().contains("\tat "));
    }

    private void writeFiles() throws IOException {
        byte[] model = TestData.bytes(MODEL);
        Files.write(folder.resolve("model.onnx"), model);
        Files.write(folder.resolve("truncated.onnx"), Arrays.copyOf(model, model.length / 2));
        Files.write(folder.resolve("empty.onnx"), new byte[0]);
        Files.writeString(folder.resolve("text.onnx"), "This is no model.\n");
        Files.writeString(folder.resolve("taken.onnx"), "taken\n");
        Files.write(folder.resolve("labels.txt"), "1\n2\n9\n".getBytes(StandardCharsets.UTF_8));
        Files.createDirectory(folder.resolve("empty"));
        Files.write(folder.resolve("sheet.png"), TestData.bytes("fashion-test-2000.png"));
        for (String odd : List.of("odd/external/external-data.onnx", "odd/no-layer.onnx", "odd/conv1d.onnx")) {
            CommandRun.testFile(odd, folder);
        }
    }

    private CommandRun run(String line) {
        return CommandRun.of((Object[]) line.replace("@", folder.toString()).split(" ", -1));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return List.copyOf(new TreeSet<>(
                    found.map(file -> file.getFileName().toString()).toList()));
        }
    }
}
