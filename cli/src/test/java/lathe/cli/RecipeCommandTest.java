package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recipes: steps in a file, the recipe in a model, and options that a recipe leaves open. */
class RecipeCommandTest {

    private static final String SEARCH = """
            steps:
              - precondition: {equalization: auto}
              - measure: {images: 4, mean: 0.286, std: 0.353}
              - quantize: {weights: [3, 5], solver: nearest}
              - guard: {fallback: none}
            """;

    @TempDir
    Path folder;

    private Path model;
    private Path small;

    @BeforeEach
    void files() throws IOException {
        model = CommandRun.testFile("fashion-small.onnx", folder);
        small = folder.resolve("small.onnx");
    }

    private CommandRun compress(Path output, Object... options) {
        List<Object> words = new ArrayList<>(List.of("compress", model, "-o", output, "--force"));
        words.addAll(List.of(options));
        return CommandRun.of(words.toArray());
    }

    private Path recipe(String text) throws IOException {
        return Files.writeString(folder.resolve("recipe.yaml"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--images 2",
                "--images 2 --weights 4 --mean 0.286 --std 0.353 --seed 7 --solver nearest",
                "--images 2 --weights 3 --sparsity 2:4 --exclude */conv1/* --exclude /stem/* --solver nearest",
                "--images 2 --target-size 25kB --solver nearest",
                "--images 2 --weights 4 --config layers.yaml --fallback none --solver nearest"
            })
    void aModelIsMadeAgainFromItsRecipe(String options) throws IOException {
        assertMadeAgain(options);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--images 2 --weights 4 --sparsity 0.3 --sparsity-spread uniform",
                "--images 4 --weights 2 --min-snr 12 --block 16",
                "--images 4 --weights float --sparsity 0.7 --input-shape image:1,1,28,28",
                "--images 2 --target-size 25kB --granularity tensor --solver gptq",
                "--images 2 --target-snr 15 --asymmetric false --input-range -1,1 --solver nearest",
                "--images 2 --target-bops 30% --weight-form dequantize",
                "--images 2 --weights nf4 --guard --equalization none"
            })
    void aModelOfAnyOptionsIsMadeAgain(String options) throws IOException {
        assertMadeAgain(options);
    }

    private void assertMadeAgain(String options) throws IOException {
        Path layers = folder.resolve("layers.yaml");
        Files.writeString(layers, "layers: {'*/conv2/*': {weights: 6}, '/stem/*': {sparsity: '1:3', weights: lloyd5}}");
        compress(small, (Object[]) (options.replace("layers.yaml", layers.toString()) + " --no-timing").split(" "));
        Path again = folder.resolve("again.onnx");
        compress(again, "--config", small, "--no-timing");
        assertArrayEquals(Files.readAllBytes(small), Files.readAllBytes(again));
    }

    @Test
    void theCommandLineTakesPrecedenceOverTheRecipeOfAModel() throws IOException {
        compress(small, "--images", 2, "--solver", "nearest", "--weights", 4);
        Path other = folder.resolve("other.onnx");
        compress(other, "--config", small, "--seed", 1);
        assertNotEquals(-1, Files.mismatch(small, other));
        String recipe = OnnxReader.read(small).metadata().get("lathe.recipe");
        assertEquals(
                recipe.replace("seed: 0", "seed: 1"),
                OnnxReader.read(other).metadata().get("lathe.recipe"));
    }

    @Test
    void theRecipeOfOneModelCompressesAnother() throws IOException {
        compress(small, "--images", 2, "--weights", 5, "--solver", "nearest").ok();
        model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        JsonObject answer = compress(folder.resolve("other.onnx"), "--config", small, "--json")
                .json();
        assertEquals(
                "5",
                answer.getAsJsonObject("provenance")
                        .getAsJsonObject("options")
                        .get("weights")
                        .getAsString());
    }

    @Test
    void aModelOfAnotherVersionIsToldOf() throws IOException {
        compress(small, "--images", 2, "--solver", "nearest").ok();
        Path other = folder.resolve("other.onnx");
        OnnxWriter.write(
                OnnxReader.read(small).edit().metadata("lathe.version", "0.0.9").build(), other);
        CommandRun run =
                compress(folder.resolve("again.onnx"), "--config", other).ok();
        assertTrue(run.err().contains("was made by Lathe 0.0.9 and this is"), run.err());
        assertTrue(run.err().contains("the same recipe may give other bytes"), run.err());
    }

    /** What is wrong in the recipe of a model has its place, too. */
    @Test
    void aRecipeThatWasEditedIsRefused() throws IOException {
        Path other = folder.resolve("other.onnx");
        OnnxWriter.write(
                OnnxReader.read(model)
                        .edit()
                        .metadata("lathe.recipe", "steps:\n  - prnue")
                        .build(),
                other);
        CommandRun run = compress(small, "--config", other);
        assertEquals(2, run.code());
        assertEquals(
                "lathe: %s:2:5: unknown step prnue (did you mean prune?); steps are precondition, measure, prune, quantize, allocate, guard, pack\n"
                        .formatted(other.resolve("lathe.recipe")),
                run.err());
    }

    /** The recipe that a command line is shown as makes what the command line makes. */
    @ParameterizedTest
    @ValueSource(strings = {"--images 2 --solver nearest", "--images 2 --target-size 20% --solver nearest"})
    void aCommandLineIsTheRecipeThatItIsExplainedAs(String options) throws IOException {
        Object[] words = options.split(" ");
        String explained = compress(
                        small,
                        Stream.concat(Stream.of(words), Stream.of("--explain")).toArray())
                .ok()
                .out();
        assertFalse(Files.exists(small));
        assertTrue(explained.startsWith("# " + model + ", 183 kB\nsteps:\n"), explained);
        assertTrue(explained.contains("  # folded 10 BatchNormalizations\n"), explained);
        compress(small, words);
        Path again = folder.resolve("again.onnx");
        compress(again, "--config", recipe(explained));
        assertArrayEquals(Files.readAllBytes(small), Files.readAllBytes(again));
        assertEquals(
                explained.lines().filter(line -> !line.strip().startsWith("#")).toList(),
                OnnxReader.read(small).metadata().get("lathe.recipe").lines().toList());
    }

    @Test
    void aDryRunShowsTheRecipe() {
        JsonObject planned =
                compress(small, "--weights", 4, "--dry-run", "--json").ok().json();
        assertTrue(planned.get("recipe").getAsString().contains("quantize: {weights: 4, "), planned::toString);
        String said = compress(small, "--weights", 4, "--dry-run").ok().out();
        planned.get("recipe").getAsString().lines().forEach(line -> assertTrue(said.contains("  " + line), said));
    }

    @Test
    void explainsEachStepInWords() throws IOException {
        String said =
                compress(small, "--config", recipe(SEARCH), "--explain").ok().out();
        assertTrue(said.contains("# 2 candidates: weights; each is compressed, and the best on fresh inputs"), said);
        assertTrue(said.contains("  # weights: 9 layers of int3, 2 layers of int8\n"), said);
        assertTrue(said.contains("quantize: {weights: [3, 5], ends: auto, "), said);
        assertTrue(said.contains("  # removes channels that carry nothing, where layers keep a multiple of 8\n"), said);
        assertFalse(said.contains("weights zero"), said);
        assertFalse(said.contains("asymmetric"), "follows from the bits: " + said);
        JsonObject answer = compress(small, "--config", recipe(said), "--explain", "--json")
                .ok()
                .json();
        assertEquals(said.strip(), answer.get("recipe").getAsString().strip());
    }

    /** Of the candidates that are compressed one by one, the same is best, and its file is the same. */
    @Test
    void theBestCandidateIsKept() throws IOException {
        JsonObject answer =
                compress(small, "--config", recipe(SEARCH), "--json").json();
        List<JsonElement> lines = answer.getAsJsonArray("candidates").asList();
        assertEquals(2, lines.size());
        double most =
                lines.stream().mapToDouble(RecipeCommandTest::decibels).max().orElseThrow();
        List<JsonElement> kept = kept(lines);
        assertEquals(1, kept.size());
        assertEquals(most, decibels(kept.get(0)));
        for (JsonElement line : lines) {
            String weights = weights(line);
            Path alone = folder.resolve("alone.onnx");
            compress(alone, "--config", recipe(SEARCH), "--weights", weights);
            assertEquals(line.getAsJsonObject().get("bytes").getAsLong(), Files.size(alone));
            assertEquals(kept.contains(line), Files.mismatch(alone, small) == -1, weights);
        }
    }

    @Test
    void theSmallestThatKeepsAnSnrIsKept() throws IOException {
        JsonObject answer = compress(
                        small, "--config", recipe(SEARCH + "minimize: size\nsubject to: {snr: 25}\n"), "--json")
                .json();
        List<JsonElement> lines = answer.getAsJsonArray("candidates").asList();
        long least = lines.stream()
                .filter(line -> decibels(line) >= 25)
                .mapToLong(line -> line.getAsJsonObject().get("bytes").getAsLong())
                .min()
                .orElseThrow();
        assertEquals(least, Files.size(small));
        assertTrue(lines.stream().anyMatch(line -> decibels(line) < 25), "one is too coarse: " + lines);
        assertFalse(OnnxReader.read(small).metadata().get("lathe.recipe").contains("subject to"));
    }

    @Test
    void whereNoCandidateKeepsTheLimitsThatIsSaidOfEach() throws IOException {
        CommandRun run = compress(small, "--config", recipe(SEARCH + "subject to: {snr: 80, size: 90%}\n"));
        assertEquals(3, run.code());
        assertTrue(run.err().contains("no candidate of the recipe keeps what it asks for (weights 3: "), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertFalse(Files.exists(small));
    }

    @Test
    void aCandidateThatFailsLeavesTheOthers() throws IOException {
        Path open = recipe("""
                steps:
                  - precondition: {equalization: auto}
                  - measure: {images: 2}
                  - quantize: {activations: [none, 8], solver: nearest}
                  - allocate
                subject to: {bops: 1.1%}
                """);
        JsonObject answer = compress(small, "--config", open, "--json").json();
        List<JsonElement> lines = answer.getAsJsonArray("candidates").asList();
        JsonObject failed = lines.get(0).getAsJsonObject();
        assertTrue(failed.get("failure").getAsString().contains("cannot be reached"), failed::toString);
        assertTrue(lines.get(1).getAsJsonObject().get("kept").getAsBoolean(), lines::toString);
    }

    @Test
    void whatIsOpenIsShownInTheTableAndNamesTheFile() throws IOException {
        CommandRun run = CommandRun.of("compress", model, "--config", recipe(SEARCH));
        assertTrue(run.out().contains("Tried, on other fresh inputs\n  weights"), run.out());
        assertTrue(run.out().contains("  kept\n"), run.out());
        assertTrue(Files.exists(folder.resolve("fashion-small.best.onnx")));
        String planned =
                compress(small, "--config", recipe(SEARCH), "--dry-run").ok().out();
        assertTrue(planned.contains("Would be tried, the first as follows\n  weights"), planned);
    }

    @ParameterizedTest
    @ValueSource(strings = {"within-a-size", "sparse", "smallest"})
    void theRecipesInTheDocumentationWork(String name) throws IOException {
        Path documented = Path.of("..", "docs", "recipes", name + ".yaml");
        JsonObject answer = compress(small, "--config", documented, "--images", 16, "--json")
                .json();
        assertTrue(Files.size(small) < 0.2 * Files.size(model), answer::toString);
    }

    private static List<JsonElement> kept(List<JsonElement> lines) {
        return lines.stream()
                .filter(line -> line.getAsJsonObject().get("kept").getAsBoolean())
                .toList();
    }

    private static double decibels(JsonElement line) {
        return line.getAsJsonObject().get("signalToNoiseDb").getAsDouble();
    }

    private static String weights(JsonElement line) {
        return line.getAsJsonObject().getAsJsonObject("options").get("weights").getAsString();
    }
}
