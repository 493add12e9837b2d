package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Node;

/** Weights stored as inputs x outputs x kernel; one group. */
final class ConvTranspose extends Convolution {

    ConvTranspose() {
        super("ConvTranspose", true);
    }

    @Override
    Optional<String> shapeObstacle(Node node, List<Long> dims) {
        return super.shapeObstacle(node, dims)
                .or(() -> layout(node, dims).groups() > 1
                        ? Optional.of("a grouped ConvTranspose has no axis for per-channel scales")
                        : Optional.empty());
    }
}
