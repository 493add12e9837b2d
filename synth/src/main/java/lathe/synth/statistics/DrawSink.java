package lathe.synth.statistics;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Tensor;

/**
 * How often each output of a layer is drawn by the indices that it reads. Counts are whole numbers, so the order of
 * chunks does not matter.
 */
final class DrawSink implements LayerSink {

    private final Layer layer;
    private final long[] counts;
    private long draws;

    DrawSink(Layer layer) {
        this.layer = layer;
        this.counts = new long[layer.rows()];
    }

    /** The value that holds what a layer reads as floats, in a graph {@link #withFloats}. */
    static String valueOf(Layer layer) {
        return layer.readsIndices() ? layer.input() + "/lathe_floats" : layer.input();
    }

    /** The graph with a Cast behind each value of indices that one of these layers reads; exact up to 2^24. */
    static Graph withFloats(Graph graph, List<Layer> layers) {
        GraphEdit edit = graph.edit();
        layers.stream().filter(Layer::readsIndices).map(Layer::input).distinct().forEach(value -> {
            Node cast = Node.of(
                    "",
                    "Cast",
                    List.of(value),
                    List.of(value + "/lathe_floats"),
                    Map.of("to", new Attribute.Int(ElementType.FLOAT.code())));
            graph.producer(value)
                    .ifPresentOrElse(producer -> edit.insertAfter(producer, cast), () -> edit.prepend(cast));
        });
        return edit.build();
    }

    /** Indices may count from the end, as negative numbers. */
    @Override
    public void accept(Chunk chunk, Tensor value) {
        FloatBuffer indices = value.values();
        synchronized (counts) {
            for (int i = indices.position(); i < indices.limit(); i++) {
                int index = (int) indices.get(i);
                counts[index < 0 ? index + counts.length : index]++;
                draws++;
            }
        }
    }

    @Override
    public Optional<InputStatistics> result() {
        synchronized (counts) {
            return draws == 0 ? Optional.empty() : Optional.of(InputStatistics.ofDraws(counts, layer.cols()));
        }
    }
}
