package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import lathe.cli.shell.Streams;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that come and go through standard streams, named {@code -}. */
class StandardStreamsTest {

    private static final byte[] MODEL = TestData.bytes("fashion-mobilenet.onnx");

    @TempDir
    Path folder;

    private record Run(int code, byte[] out, String err) {}

    private static Run run(byte[] in, boolean outIsTerminal, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        return run(in, out, outIsTerminal, args);
    }

    private static Run run(byte[] in, OutputStream out, boolean outIsTerminal, Object... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = new String[args.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = args[i].toString();
        }
        Streams streams = new Streams(
                new ByteArrayInputStream(in),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                outIsTerminal,
                false);
        int code = Main.run(streams, words);
        byte[] bytes = out instanceof ByteArrayOutputStream array ? array.toByteArray() : new byte[0];
        return new Run(code, bytes, err.toString(StandardCharsets.UTF_8));
    }

    private byte[] fromFile() throws IOException {
        Path model = Files.write(folder.resolve("net.onnx"), MODEL);
        CommandRun.of("compress", model, "--images", 4).ok();
        return Files.readAllBytes(folder.resolve("net.int8.onnx"));
    }

    @Test
    void throughPipesComeTheBytesThatFilesWouldHold() throws IOException {
        Run run = run(MODEL, false, "compress", "-", "-o", "-", "--images", 4);
        assertEquals(0, run.code(), run::err);
        assertArrayEquals(fromFile(), run.out());
        assertTrue(run.err().contains("Assumed") && run.err().contains("written to standard output"), run::err);
        assertArrayEquals(
                run.out(), run(MODEL, false, "compress", "-", "--images", 4).out());
    }

    @Test
    void oneEndMayBeAFile() throws IOException {
        byte[] expected = fromFile();
        Run toPipe = run(new byte[0], false, "compress", folder.resolve("net.onnx"), "-o-", "--images", 4);
        assertArrayEquals(expected, toPipe.out());
        Path file = folder.resolve("small.onnx");
        Run toFile = run(MODEL, false, "compress", "-", "--output=" + file, "--images", 4);
        assertEquals(0, toFile.code(), toFile::err);
        assertArrayEquals(expected, Files.readAllBytes(file));
        assertTrue(new String(toFile.out(), StandardCharsets.UTF_8).contains("written to " + file), toFile::err);
    }

    @Test
    void jsonGoesToTheErrorStreamToo() {
        Run run = run(MODEL, false, "compress", "-", "--json", "--images", 4);
        assertEquals(
                run.out().length,
                JsonParser.parseString(run.err())
                        .getAsJsonObject()
                        .get("bytesAfter")
                        .getAsInt());
        Run bad = run("no model".getBytes(StandardCharsets.UTF_8), false, "compress", "-", "--json");
        assertEquals(2, bad.code());
        assertEquals(0, bad.out().length);
        assertTrue(bad.err().contains("\"exitCode\": 2"), bad::err);
    }

    @Test
    void quietMeansNoTextAtAll() {
        assertEquals("", run(MODEL, false, "compress", "-", "-q", "--images", 4).err());
    }

    @Test
    void aPlanNeedsNoFileEither() {
        Run run = run(MODEL, false, "compress", "-", "--dry-run");
        assertEquals(0, run.code(), run::err);
        assertEquals(0, run.out().length);
        assertTrue(run.err().contains("would be written to standard output"), run::err);
    }

    @Test
    void whatCannotWorkIsRefusedInOneLine() throws IOException {
        byte[] external = TestData.bytes("odd/external/external-data.onnx");
        refused(external, 2, "was not read from a folder; name the model's file instead", "compress", "-");
        refused(new byte[0], 2, "standard input: is empty", "compress", "-");
        refused(MODEL, 2, "standard input is one model", "compress", "-", "a.onnx");
        refused(MODEL, 2, "--output -: must be an existing folder", "compress", "a.onnx", "b.onnx", "-o", "-");
    }

    private static void refused(byte[] in, int code, String message, Object... args) {
        Run run = run(in, false, args);
        assertEquals(code, run.code(), run::err);
        assertTrue(run.err().contains(message), run::err);
        assertEquals(1, run.err().lines().count(), run::err);
        assertEquals(0, run.out().length);
    }

    @Test
    void aTerminalGetsNoModel() {
        Run run = run(MODEL, true, "compress", "-", "--images", 4);
        assertEquals(2, run.code());
        assertTrue(run.err().contains("standard output is a terminal"), run::err);
    }

    @Test
    void aReaderThatIsGoneIsAFailure() {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Run run = run(MODEL, closed, false, "compress", "-", "-q", "--images", 4);
        assertEquals(3, run.code());
        assertTrue(run.err().startsWith("lathe: standard output: closed before all "), run::err);
    }

    @Test
    void archivesComeAndGoThroughPipes() throws IOException {
        Run packed = run(MODEL, false, "pack", "-", "-o", "-");
        assertEquals(0, packed.code(), packed::err);
        assertTrue(packed.err().startsWith("standard output: "), packed::err);
        Path model = Files.write(folder.resolve("net.onnx"), MODEL);
        CommandRun.of("pack", model).ok();
        assertArrayEquals(Files.readAllBytes(folder.resolve("net.lathe")), packed.out());
        Run unpacked = run(packed.out(), false, "unpack", "-");
        assertArrayEquals(MODEL, unpacked.out(), unpacked::err);
        Path file = folder.resolve("back.onnx");
        Run toFile = run(packed.out(), false, "unpack", "-", "-o", file);
        assertTrue(new String(toFile.out(), StandardCharsets.UTF_8).startsWith(file + ": "), toFile::err);
        assertArrayEquals(MODEL, Files.readAllBytes(file));
        Run floats = run(packed.out(), false, "unpack", "-", "--float16");
        CommandRun.of("unpack", folder.resolve("net.lathe"), "--float16").ok();
        assertArrayEquals(Files.readAllBytes(folder.resolve("net.float16.onnx")), floats.out());
    }

    @Test
    void hostileArchivesEndInOneLineAndNoOutput() throws IOException {
        byte[] packed = run(MODEL, false, "pack", "-").out();
        byte[] cut = Arrays.copyOf(packed, packed.length / 2);
        byte[] changed = packed.clone();
        changed[packed.length - 9] ^= 1;
        Path file = folder.resolve("back.onnx");
        for (Object output : List.of("-", file)) {
            refused(cut, 2, "standard input: the archive was cut short", "unpack", "-", "-o", output);
            refused(changed, 2, "has a wrong checksum; the archive is damaged", "unpack", "-", "-o", output);
            refused(cut, 2, "standard input: the archive was cut short", "unpack", "-", "--float", "-o", output);
            refused(MODEL, 2, "standard input: not an archive", "unpack", "-", "-o", output);
            refused(packed, 2, "standard input: is an archive already", "pack", "-", "-o", output);
            refused(new byte[] {1, 2, 3}, 2, "standard input: ", "pack", "-", "-o", output);
        }
        assertTrue(Files.notExists(file));
        assertEquals(2, run(packed, true, "unpack", "-").code());
    }
}
