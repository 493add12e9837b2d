package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import lathe.cli.models.PixelPlanes;
import lathe.cli.shell.ExitCode;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --inputs}, and what is said and done where inputs are a guess. */
class RealInputsCommandTest {

    private static final Object[] SCALING = {"--mean", "0.286", "--std", "0.353"};

    @TempDir
    Path folder;

    static byte[] npy(String type, float[] values, int... dims) {
        String shape = Arrays.toString(dims).replace("[", "(").replace("]", ",)");
        String header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n".formatted(type, shape);
        ByteBuffer file = ByteBuffer.allocate(10 + header.length() + 8 * values.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                .putShort((short) header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII));
        for (float value : values) {
            switch (type) {
                case "<f4" -> file.putFloat(value);
                case "<i8" -> file.putLong((long) value);
                default -> file.put((byte) value);
            }
        }
        return Arrays.copyOf(file.array(), file.position());
    }

    private Path npz(String name, Map<String, byte[]> arrays) throws IOException {
        return npz(folder.resolve(name), arrays);
    }

    static Path npz(Path file, Map<String, byte[]> arrays) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                zip.write(array.getValue());
            }
        }
        return file;
    }

    private static List<BufferedImage> clothes(int count) throws IOException {
        BufferedImage sheet = ImageIO.read(new ByteArrayInputStream(TestData.bytes("fashion-test-2000.png")));
        List<BufferedImage> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            images.add(sheet.getSubimage(28 * i, 0, 28, 28));
        }
        return images;
    }

    private Path photographs(int count) throws IOException {
        Path photographs = Files.createDirectory(folder.resolve("photos"));
        int number = 0;
        for (BufferedImage image : clothes(count)) {
            ImageIO.write(
                    image,
                    "png",
                    photographs.resolve("%03d.png".formatted(number++)).toFile());
        }
        return photographs;
    }

    private static CommandRun run(Object[] more, Object... words) {
        List<Object> all = new ArrayList<>(List.of(words));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray());
    }

    private Path compressed(Path model, Object... options) {
        Path small = folder.resolve("small.onnx");
        run(options, "compress", model, "-o", small, "--force", "--images", 8).ok();
        return small;
    }

    private static double decibels(JsonObject verified) {
        return verified.getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject()
                .get("signalToNoiseDb")
                .getAsDouble();
    }

    @Test
    void photographsMeasureAndCheckApart() throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        Path photographs = photographs(12);
        Path small = folder.resolve("small.onnx");
        JsonObject report = run(
                        SCALING, "compress", model, "-o", small, "--inputs", photographs, "--json", "--min-snr", 12)
                .ok()
                .json();
        String assumptions = report.get("assumptions").toString();
        assertTrue(assumptions.contains("9 of 12 real inputs from"), assumptions);
        assertTrue(assumptions.contains("real inputs: used without re-centring"), assumptions);
        assertEquals(3, report.getAsJsonObject("guard").get("inputs").getAsInt());
        assertEquals(
                "photos",
                report.getAsJsonObject("provenance")
                        .getAsJsonObject("options")
                        .get("inputs")
                        .getAsString());
        assertEquals("0", String.valueOf(report.getAsJsonArray("warnings").size()));
        Path again = folder.resolve("again.onnx");
        CommandRun.of("compress", model, "-o", again, "--config", small, "--inputs", photographs)
                .ok();
        assertArrayEquals(Files.readAllBytes(small), Files.readAllBytes(again));
    }

    /** A folder of images is the array of the numbers that {@code evaluate} makes of them. */
    @Test
    void photographsAreWhatTheirArrayIs() throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        Path small = compressed(model, SCALING);
        Path photographs = photographs(10);
        float[] values = new float[10 * 28 * 28];
        int at = 0;
        for (BufferedImage image : clothes(10)) {
            for (float pixel : PixelPlanes.of(image).planes()[0]) {
                values[at++] = (1 / 0.353f) * (pixel / 255f) - 0.286f / 0.353f;
            }
        }
        Path array = Files.write(folder.resolve("clothes.npy"), npy("<f4", values, 10, 1, 28, 28));
        JsonObject fromImages = run(SCALING, "verify", model, small, "--inputs", photographs, "--json")
                .ok()
                .json();
        JsonObject fromArray = run(new Object[0], "verify", model, small, "--inputs", array, "--json")
                .ok()
                .json();
        assertEquals(decibels(fromImages), decibels(fromArray), 0.05);
        assertEquals(10, fromImages.get("images").getAsInt());
        assertFalse(fromImages.get("inputsGuessed").getAsBoolean());
        String text = run(SCALING, "verify", model, small, "--inputs", photographs, "--images", 7)
                .ok()
                .out();
        assertTrue(text.contains("on 7 real inputs from"), text);
    }

    /** Each state of the branch, checked by itself. */
    @Test
    void aBranchBehindAConditionIsMeasuredInBothStates() throws IOException {
        Path model = CommandRun.testFile("inputs/branch-behind-a-condition.onnx", folder);
        Path small = compressed(model);
        SplittableRandom random = new SplittableRandom(7);
        float[] pixels = new float[8 * 3 * 32 * 32];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        for (float state : new float[] {0, 1}) {
            float[] condition = new float[8];
            Arrays.fill(condition, state);
            Map<String, byte[]> arrays = new LinkedHashMap<>();
            arrays.put("c", npy("|b1", condition, 8));
            arrays.put("x", npy("<f4", pixels, 8, 3, 32, 32));
            Path file = npz("state" + state + ".npz", arrays);
            JsonObject verified = CommandRun.of("verify", model, small, "--inputs", file, "--json")
                    .ok()
                    .json();
            assertTrue(decibels(verified) > 20, state + ": " + decibels(verified));
        }
    }

    @Test
    void guessedInputsLeaveActivationsInFloatUnlessAsked() throws IOException {
        Path model = CommandRun.testFile("inputs/token-ids-and-mask.onnx", folder);
        Path small = folder.resolve("small.onnx");
        JsonObject report = CommandRun.of("compress", model, "-o", small, "--images", 8, "--json")
                .ok()
                .json();
        assertEquals(0, report.getAsJsonArray("activations").size());
        assertTrue(report.get("assumptions").toString().contains("inputs were guessed"), report::toString);
        assertTrue(report.get("warnings").toString().contains("activations stay in float"), report::toString);
        assertEquals(
                "none",
                report.getAsJsonObject("provenance")
                        .getAsJsonObject("options")
                        .get("activations")
                        .getAsString());
        String verified =
                CommandRun.of("verify", model, small, "--images", 8).ok().out();
        assertTrue(verified.contains("same top-1 (guessed inputs)"), verified);
        CommandRun planned = CommandRun.of("compress", model, "--dry-run").ok();
        assertTrue(planned.out().contains("Activations stay in float."), planned::out);

        JsonObject asked = CommandRun.of(
                        "compress", model, "-o", small, "--images", 8, "--activations", 8, "--json", "--force")
                .ok()
                .json();
        assertTrue(asked.getAsJsonArray("activations").size() > 0, asked::toString);
        assertTrue(asked.get("warnings").toString().contains("activation ranges"), asked::toString);
    }

    @Test
    void realTokensLetActivationsBeQuantized() throws IOException {
        Path model = CommandRun.testFile("inputs/token-ids-and-mask.onnx", folder);
        Path small = folder.resolve("small.onnx");
        Path config = folder.resolve("lathe.yaml");
        Files.writeString(config, "inputs: " + tokens(10, 12) + "\n");
        JsonObject report = CommandRun.of("compress", model, "-o", small, "--config", config, "--json")
                .ok()
                .json();
        assertTrue(report.getAsJsonArray("activations").size() > 0, report::toString);
        assertFalse(report.get("assumptions").toString().contains("guessed"), report::toString);
    }

    private Path tokens(int samples, int length) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        float[] ids = new float[samples * length];
        float[] mask = new float[samples * 12];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = random.nextInt(50);
        }
        Arrays.fill(mask, 1);
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("ids", npy("<i8", ids, samples, length));
        arrays.put("attention_mask", npy("<i8", mask, samples, 12));
        return npz("tokens-%d-%d.npz".formatted(samples, length), arrays);
    }

    @Test
    void whatCannotBeTakenIsSaidInOneLine() throws IOException {
        Path model = CommandRun.testFile("inputs/token-ids-and-mask.onnx", folder);
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path text = Files.writeString(folder.resolve("x.txt"), "1");
        Path noZip = Files.writeString(folder.resolve("x.npz"), "1");
        Path one = npz("one.npz", Map.of("ids", npy("<i8", new float[12], 1, 12)));
        assertRefused("no such file or folder", model, "--inputs", folder.resolve("none.npz"));
        assertRefused("a folder without images", model, "--inputs", empty);
        assertRefused("neither .npz nor .npy", model, "--inputs", text);
        assertRefused("no .npz archive", model, "--inputs", noZip);
        assertRefused("no array for input 'attention_mask'; it holds 'ids'", model, "--inputs", one);
        assertRefused("samples of shape 12, the array of shape 3x9", model, "--inputs", tokens(3, 9));
        assertRefused("exclude each other", model, "--inputs", tokens(3, 12), "--synth", "noise");
        assertRefused("exclude each other", model, "--inputs", tokens(3, 12), "--refine-steps", "9");
        Path image = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        assertRefused("the normalization of pixels is unknown", image, "--inputs", photographs(3));
    }

    private void assertRefused(String part, Path model, Object... options) {
        CommandRun refused = run(options, "compress", model, "-o", folder.resolve("refused.onnx"));
        assertEquals(ExitCode.BAD_INPUT.number(), refused.code(), refused::err);
        assertTrue(refused.err().contains(part), refused::err);
        assertEquals(1, refused.err().lines().count(), refused::err);
    }

    @Test
    void oneRealInputIsTakenAndSaid() throws IOException {
        Path model = CommandRun.testFile("inputs/token-ids-and-mask.onnx", folder);
        CommandRun run = CommandRun.of("compress", model, "-o", folder.resolve("small.onnx"), "--inputs", tokens(1, 12))
                .ok();
        assertTrue(run.err().contains("1 real input: too few to hold some out"), run::err);
    }

    @Test
    void aGuessedRangeComesWithWhatOthersWouldGive() throws IOException {
        Path model = CommandRun.testFile("inputs/branch-behind-a-condition.onnx", folder);
        Path small = folder.resolve("small.onnx");
        CommandRun cautious =
                CommandRun.of("compress", model, "-o", small, "--images", 8).ok();
        assertTrue(cautious.err().contains("so activations stay in float; give the right range"), cautious::err);
        CommandRun guessed = CommandRun.of("compress", model, "-o", small, "--images", 8, "--force", "--activations", 8)
                .ok();
        for (String part :
                List.of("the range of pixels was guessed", "(--input-range 0,255)", "(--input-range -1,1)")) {
            assertTrue(guessed.err().contains(part), guessed::err);
        }
        CommandRun given = CommandRun.of(
                        "compress", model, "-o", small, "--images", 8, "--force", "--input-range", "0,255")
                .ok();
        assertFalse(given.err().contains("guessed"), given::err);
    }
}
