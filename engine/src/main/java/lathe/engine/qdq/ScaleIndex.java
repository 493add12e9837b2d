package lathe.engine.qdq;

import java.util.List;
import lathe.engine.graph.Node;

/**
 * Which scale and zero point of a DequantizeLinear an element takes: those of all, of its place along an axis, or of its
 * block there.
 *
 * @param inner elements from one step of the axis to the next
 * @param extent of the axis
 * @param block steps of the axis that share a scale, which then varies along all other axes, too; 0 where it does not
 * @param single true if there is one scale
 */
record ScaleIndex(int inner, int extent, int block, boolean single) {

    /** @throws IllegalArgumentException if the scales do not fit the codes */
    static ScaleIndex of(List<Long> codes, List<Long> scales, Node node) {
        long count = scales.stream().reduce(1L, Math::multiplyExact);
        int block = Math.toIntExact(node.integer("block_size").orElse(0));
        if (count == 1 && scales.size() <= 1) {
            return new ScaleIndex(1, 1, 0, true);
        }
        int axis = Math.toIntExact(node.integer("axis").orElse(1));
        int place = axis < 0 ? axis + codes.size() : axis;
        long inner = 1;
        for (long dim : codes.subList(place + 1, codes.size())) {
            inner *= dim;
        }
        long extent = codes.get(place);
        long steps = block == 0 ? extent : (extent + block - 1) / block;
        long wanted =
                block == 0 ? extent : codes.stream().reduce(1L, Math::multiplyExact) / Math.max(1, extent) * steps;
        if (block < 0 || count != wanted) {
            throw new IllegalArgumentException("scales of %s for codes of %s".formatted(scales, codes));
        }
        return new ScaleIndex(Math.toIntExact(inner), Math.toIntExact(extent), block, false);
    }

    int of(int element) {
        if (single) {
            return 0;
        }
        int step = element / inner % extent;
        if (block == 0) {
            return step;
        }
        int blocks = (extent + block - 1) / block;
        return (element / inner / extent * blocks + step / block) * inner + element % inner;
    }
}
