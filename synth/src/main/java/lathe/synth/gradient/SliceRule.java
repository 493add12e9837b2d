package lathe.synth.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import lathe.engine.graph.Node;

/**
 * Slice with constant bounds and positive steps: dx is dy with zeros in place of the elements that were not taken, one axis
 * after the other.
 */
final class SliceRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String x = node.inputs().get(0);
        List<Long> shape = pass.shape(x);
        List<Long> taken = new ArrayList<>(pass.shape(node.output()));
        long[] starts = pass.longs(node, 1).orElseThrow();
        long[] axes = pass.longs(node, 3)
                .orElseGet(() -> LongStream.range(0, starts.length).toArray());
        long[] steps = pass.longs(node, 4).orElseGet(() -> {
            long[] ones = new long[starts.length];
            Arrays.fill(ones, 1);
            return ones;
        });
        String dx = pass.gradient(node);
        for (int i = 0; i < axes.length; i++) {
            int axis = AdjointPass.axis(axes[i], shape.size());
            long extent = shape.get(axis);
            if (steps[i] < 1 || (axis == 0 && taken.get(0) != extent)) {
                throw GradientRule.unknown(node, axis == 0 ? " of the batch" : " with a negative step");
            }
            if (axis > 0) {
                long start = Math.min(extent, Math.max(0, starts[i] < 0 ? starts[i] + extent : starts[i]));
                dx = placed(pass, dx, taken, axis, start, steps[i], extent);
                taken.set(axis, extent);
            }
        }
        pass.give(x, dx);
    }

    /** Puts element i of an axis at start + i step of an axis of this extent. */
    private static String placed(
            AdjointPass pass, String value, List<Long> shape, int axis, long start, long step, long extent) {
        String apart = value;
        long length = shape.get(axis);
        if (step > 1) { // length to length x 1, with zeros to length x step, joined to length * step
            List<Long> split = new ArrayList<>(AdjointPass.anyBatch(shape));
            split.add(axis + 1, 1L);
            String spread = pass.padded(pass.reshaped(value, split), split.size(), axis + 1, 0, step - 1);
            List<Long> joined = new ArrayList<>(AdjointPass.anyBatch(shape));
            length *= step;
            joined.set(axis, length);
            apart = pass.reshaped(spread, joined);
        }
        return pass.padded(apart, shape.size(), axis, start, extent - start - length);
    }
}
