package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.Gson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import lathe.testdata.TestData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against numbers from testdata/scripts/gptq_reference.py, which goes another way. */
class GptqReferenceTest {

    static List<Reference> references() {
        String json = new String(TestData.bytes("reference/gptq.json"), StandardCharsets.UTF_8);
        return Arrays.asList(new Gson().fromJson(json, Reference[].class));
    }

    @ParameterizedTest
    @MethodSource("references")
    void givesTheCodesOfTheReference(Reference reference) {
        LayerProblem problem = Problems.of(
                new WeightMatrix(reference.rows, reference.cols, reference.weights),
                GramMatrix.of(reference.cols, reference.gram));
        SolverOptions oneScale = new SolverOptions(1, 1, 1, 1, 0.2, 0);
        QuantizedWeights solved = Problems.solver(
                        "plain", WeightFormat.perChannel(QuantGrid.symmetric(reference.bits)), new Gptq(oneScale))
                .solve(Problems.damped(problem, reference.damping));
        assertArrayEquals(reference.codes, solved.codes());
        for (int row = 0; row < reference.rows; row++) {
            double error = Problems.error(problem, solved, row);
            assertEquals(reference.errors[row], error, 1e-9 * reference.errors[row]);
        }
    }

    record Reference(
            String name,
            int bits,
            double damping,
            int rows,
            int cols,
            float[] weights,
            double[] gram,
            short[] codes,
            double[] errors) {
        @Override
        public String toString() {
            return name;
        }
    }
}
