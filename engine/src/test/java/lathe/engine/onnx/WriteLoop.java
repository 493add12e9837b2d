package lathe.engine.onnx;

import java.io.IOException;
import java.nio.file.Path;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;

/**
 * A program that writes one of two models over the other, again and again, until it is killed.
 */
final class WriteLoop {

    private static final int FLOATS = 200_000;

    /** So few bytes that large tensors go to external data. */
    private static final long SMALL = 1 << 14;

    private WriteLoop() {}

    /**
     * Writes until it is killed.
     *
     * @param args the target, and a {@link Place} for its tensors
     */
    public static void main(String[] args) throws IOException {
        Path target = Path.of(args[0]);
        Place place = Place.valueOf(args[1]);
        Graph[] models = {place.ready(model(0)), place.ready(model(1))};
        for (int round = 0; ; round++) {
            place.write(models[round % 2], target);
            if (round == 1) {
                System.out.println("ready");
            }
        }
    }

    /** Where tensors lie. */
    enum Place {
        INSIDE {
            /** Sealed already, so that most of the time goes into writing. */
            @Override
            Graph ready(Graph graph) {
                return OnnxReader.read(OnnxWriter.toBytes(graph));
            }

            @Override
            void write(Graph graph, Path target) throws IOException {
                OnnxWriter.write(graph, target);
            }
        },
        OUTSIDE {
            @Override
            void write(Graph graph, Path target) throws IOException {
                OnnxWriter.write(graph, target, SMALL);
            }
        };

        Graph ready(Graph graph) {
            return graph;
        }

        abstract void write(Graph graph, Path target) throws IOException;
    }

    /** The first or the second model; they differ in size and in every number. */
    static Graph model(int which) {
        TestGraph graph = new TestGraph();
        if (which == 1) {
            graph.weights("v", FLOATS).node("Add", "x2", "v", "x");
        }
        graph.weights("w", FLOATS).node("Add", "y", "w", which == 1 ? "x2" : "x");
        return ContentSeal.asked(graph.build("y"));
    }
}
