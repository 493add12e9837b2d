package lathe.engine.prune;

import java.util.List;

/**
 * Saliencies: by how much the output error of a layer grows without each weight, as a share of the layer's output
 * energy. Immutable by agreement.
 *
 * @param rows outputs
 * @param cols inputs
 * @param values {@code rows * cols} numbers, row after row; {@link #REMOVED} for a weight already removed, positive
 *     infinity for one that must not be
 */
public record Saliency(int rows, int cols, float[] values) {

    /** The saliency of a weight already removed: less than any other. */
    public static final float REMOVED = -1;

    /** Larger ones are not told apart. */
    private static final float LARGEST = Float.MAX_VALUE / 2;

    public Saliency {
        if (values.length != rows * cols) {
            throw new IllegalArgumentException("%d x %d weights, %d saliencies".formatted(rows, cols, values.length));
        }
        for (float value : values) {
            if (!(value >= 0 || value == REMOVED)) {
                throw new IllegalArgumentException("saliency %s".formatted(value));
            }
        }
    }

    /** A cost as a share of the layer's output energy; 0 where a layer's output is always zero. */
    static float share(double cost, double energy) {
        return energy > 0 ? (float) Math.min(cost / energy, LARGEST) : 0;
    }

    /** A layer's outputs from those of its groups, in order. */
    public static Saliency ofGroups(List<Saliency> groups) {
        int rows = groups.stream().mapToInt(Saliency::rows).sum();
        int cols = groups.get(0).cols;
        float[] values = new float[rows * cols];
        int start = 0;
        for (Saliency group : groups) {
            System.arraycopy(group.values, 0, values, start, group.values.length);
            start += group.values.length;
        }
        return new Saliency(rows, cols, values);
    }
}
