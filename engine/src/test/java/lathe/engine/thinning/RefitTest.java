package lathe.engine.thinning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.LinearMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefitTest {

    private static final int SAMPLES = 40;

    /** What a layer reads in the changed network and writes in the original, sample by sample. */
    private record Data(float[] read, float[] written) {

        static Data of(Layer layer) {
            Random random = new Random(layer.name().hashCode());
            float[] x = new float[SAMPLES * layer.cols()];
            float[] z = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) (1 + random.nextGaussian());
                z[i] = (float) (0.7 * x[i] + 0.5 * random.nextGaussian());
            }
            return new Data(z, new LinearMap(layer.matrices().get(0)).apply(x, SAMPLES));
        }

        InputStatistics moments() {
            int cols = read.length / SAMPLES;
            int order = cols + written.length / SAMPLES;
            double[] gram = new double[order * order];
            double[] mean = new double[order];
            for (int sample = 0; sample < SAMPLES; sample++) {
                for (int i = 0; i < order; i++) {
                    mean[i] += at(sample, i, cols, order) / SAMPLES;
                    for (int j = 0; j < order; j++) {
                        gram[i * order + j] += at(sample, i, cols, order) * at(sample, j, cols, order) / SAMPLES;
                    }
                }
            }
            return new InputStatistics(List.of(GramMatrix.of(order, gram)), List.of(mean), SAMPLES);
        }

        private double at(int sample, int i, int cols, int order) {
            return i < cols ? read[sample * cols + i] : written[sample * (order - cols) + i - cols];
        }
    }

    private static Graph network(String operator) {
        TestGraph graph =
                new TestGraph().weights("w1", 3, 3).weights("w2", 3, 3).weights("w3", 3, 3);
        for (int i = 1; i <= 3; i++) {
            String input = i == 1 ? "x" : "y" + (i - 1);
            if (operator.equals("Gemm")) {
                graph.weights("b" + i, 3).node(operator, "y" + i, input, "w" + i, "b" + i);
            } else {
                graph.node(operator, "y" + i, input, "w" + i);
            }
        }
        return graph.build("y3");
    }

    /** The second layer reads nothing of its input 1 any more; weights are stored input by input. */
    private static Graph thinned(Graph graph) {
        float[] weights = graph.initializers().get("w2").floats().clone();
        for (int row = 0; row < 3; row++) {
            weights[3 + row] = 0;
            weights[row] += 0.1f;
        }
        return graph.edit().put(Initializer.ofFloats("w2", weights, 3, 3)).build();
    }

    private static Layer layer(Graph graph, int index) {
        return Layers.survey(graph).layers().get(index);
    }

    /** E|W x + b - V' z - b'|² + λ |V' - V|² of one output, λ the mean of the variances of z, or of its squares without a bias. */
    private static double objective(Data data, Layer before, double[] weights, double bias, int row, boolean centred) {
        double error = 0;
        double[] mean = new double[3];
        double[] square = new double[3];
        for (int sample = 0; sample < SAMPLES; sample++) {
            double difference = data.written[sample * 3 + row] - bias;
            for (int col = 0; col < 3; col++) {
                double z = data.read[sample * 3 + col];
                difference -= weights[col] * z;
                mean[col] += z / SAMPLES;
                square[col] += z * z / SAMPLES;
            }
            error += difference * difference / SAMPLES;
        }
        double ridge = 0;
        int read = 0;
        for (int col = 0; col < 3; col++) {
            boolean isRead = before.matrices().get(0).at(row, col) != 0;
            ridge += isRead ? square[col] - (centred ? mean[col] * mean[col] : 0) : 0;
            read += isRead ? 1 : 0;
        }
        for (int col = 0; col < 3; col++) {
            double change = weights[col] - before.matrices().get(0).at(row, col);
            error += ridge / read * change * change;
        }
        return error;
    }

    @ParameterizedTest
    @ValueSource(strings = {"Gemm", "MatMul"})
    void noOtherWeightsFitBetter(String operator) {
        boolean bias = operator.equals("Gemm");
        Graph original = network(operator);
        Graph changed = thinned(original);
        Graph fitted = Refit.of(
                original, changed, (layer, now) -> Optional.of(Data.of(layer).moments()));
        for (int index = 1; index < 3; index++) {
            Layer before = layer(changed, index);
            Layer after = layer(fitted, index);
            Data data = Data.of(layer(original, index));
            for (int row = 0; row < 3; row++) {
                int output = row;
                double[] weights = after.matrices().get(0).row(row);
                double shift =
                        bias ? after.biasValues()[row] - layer(original, index).biasValues()[row] : 0;
                ToDoubleFunction<double[]> of = tried -> objective(data, before, tried, shift, output, bias);
                double least = of.applyAsDouble(weights);
                assertTrue(least < of.applyAsDouble(before.matrices().get(0).row(row)), operator + " " + row);
                for (int col = 0; col < 3; col++) {
                    if (index == 1 && col == 1) {
                        assertEquals(0, weights[col], "what is gone stays away");
                    } else {
                        for (double step : new double[] {-0.01, 0.01}) {
                            double[] other = weights.clone();
                            other[col] += step;
                            assertTrue(of.applyAsDouble(other) > least, operator + " " + row + " " + col);
                        }
                    }
                }
                for (double step : new double[] {-0.01, 0.01}) {
                    double other = objective(data, before, weights, shift + step, row, bias);
                    assertTrue(!bias || other > least, operator + " " + row);
                }
            }
        }
    }

    @Test
    void layersAreFittedInOrderFromTheFirstThatChanged() {
        Graph original = network("Gemm");
        Graph changed = thinned(original);
        List<String> asked = new ArrayList<>();
        List<Graph> given = new ArrayList<>();
        Graph fitted = Refit.of(original, changed, (layer, now) -> {
            asked.add(layer.output());
            given.add(now);
            return Optional.of(Data.of(layer).moments());
        });
        assertEquals(List.of("y2", "y3"), asked);
        assertEquals(layer(changed, 1), layer(given.get(0), 1));
        assertEquals(layer(fitted, 1), layer(given.get(1), 1));
        assertEquals(layer(changed, 2), layer(given.get(1), 2));
        assertEquals(layer(original, 0), layer(fitted, 0));
    }

    @Test
    void whatIsNotKnownOrIsNoNumberChangesNothing() {
        Graph original = network("Gemm");
        Graph changed = thinned(original);
        double[] nan = new double[36];
        nan[0] = Double.NaN;
        InputStatistics strange = new InputStatistics(List.of(GramMatrix.of(6, nan)), List.of(new double[6]), 1);
        InputStatistics dead =
                new InputStatistics(List.of(GramMatrix.of(6, new double[36])), List.of(new double[6]), 1);
        for (Optional<InputStatistics> found :
                List.of(Optional.<InputStatistics>empty(), Optional.of(strange), Optional.of(dead))) {
            Graph fitted = Refit.of(original, changed, (layer, now) -> found);
            for (int index = 0; index < 3; index++) {
                assertArrayEquals(
                        layer(changed, index).weights().floats(),
                        layer(fitted, index).weights().floats());
            }
        }
    }
}
