package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.Node;
import lathe.engine.graph.Window;

/** What Conv and ConvTranspose have in common: weights with a kernel, in groups. */
abstract class Convolution extends Operator {

    private final boolean transposed;

    Convolution(String name, boolean transposed) {
        super(name, 0, 1, OptionalInt.of(2));
        this.transposed = transposed;
    }

    @Override
    Optional<String> shapeObstacle(Node node, List<Long> dims) {
        if (dims.size() < 3) {
            return Optional.of("its weights have %d axes, too few for a kernel".formatted(dims.size()));
        }
        WeightLayout layout = layout(node, dims);
        return layout.isValid()
                ? Optional.empty()
                : Optional.of("group = %d does not divide its %d channels".formatted(layout.groups(), layout.first()));
    }

    @Override
    public WeightLayout layout(Node node, List<Long> dims) {
        // what no int holds is no number of groups, and stays none: it divides no number of channels that fits an array
        long groups =
                Math.max(-1, Math.min(Integer.MAX_VALUE, node.integer("group").orElse(1)));
        return WeightLayout.of(dims, (int) groups, !transposed);
    }

    @Override
    public Observed observed(Node node, List<Long> dims) {
        long[] kernel = dims.stream().skip(2).mapToLong(Long::longValue).toArray();
        return new Observed.Windows(Window.of(node, kernel), transposed);
    }
}
