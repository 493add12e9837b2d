package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks in daily use that nobody here made: text detection, orientation and recognition, with dynamic shapes. */
class OcrModelsTest {

    private static final long SMALL = 1_500_000;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ch_ppocr_mobile_v2.0_cls_infer.onnx",
                "ch_PP-OCRv3_det_infer.onnx",
                "ch_PP-OCRv4_det_infer.onnx",
                "ch_PP-OCRv3_rec_infer.onnx",
                "ch_PP-OCRv4_rec_infer.onnx"
            })
    void becomeSmallerAndRun(String name) throws IOException {
        Path model = CommandRun.ocrModel(name, folder);
        Path small = folder.resolve("small.onnx");
        JsonObject answer = CommandRun.of("compress", model, "-o", small, "--images", 4, "--json")
                .ok()
                .json();
        double most = Files.size(model) < SMALL ? 0.40 : 0.30;
        assertTrue(answer.get("ratio").getAsDouble() <= most, () -> "ratio " + answer.get("ratio"));

        JsonObject verdict = CommandRun.of("verify", model, small, "--images", 2, "--json")
                .ok()
                .json();
        for (JsonElement output : verdict.getAsJsonArray("outputs")) {
            assertTrue(output.getAsJsonObject().get("cosine").getAsDouble() > 0.9, verdict::toString);
        }
    }
}
