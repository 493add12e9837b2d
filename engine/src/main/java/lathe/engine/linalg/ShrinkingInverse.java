package lathe.engine.linalg;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The inverse of H_SS while inputs leave the set S one after another. When input p leaves, the inverse A becomes
 * A - a aᵀ / a_p with a its column p: one step of Gaussian elimination.
 *
 * <p>The columns of the last few inputs are kept aside, and only the columns asked for are brought up to date; once
 * {@value #PENDING} wait, their squares are subtracted from A in one product. O(order³) for all inputs, two thirds of
 * it in products. Not thread-safe.
 */
public final class ShrinkingInverse {

    /** Inputs that leave before A is brought up to date. */
    private static final int PENDING = 64;

    private final double[] inverse; // A as of the last update, packed, size x size
    private final double[] columns; // a / sqrt(a_p) of the inputs that left since, packed, pending x size
    private final double[] diagonal; // of A as of now, by place
    private final int[] places; // by input
    private int[] inputs; // by place
    private int size;
    private int pending;

    /**
     * Starts with all inputs in S.
     *
     * @param inverse of H
     */
    public ShrinkingInverse(GramMatrix inverse) {
        this.size = inverse.order();
        this.inverse = inverse.values();
        this.columns = new double[Math.min(PENDING, size) * size];
        this.diagonal = inverse.diagonal();
        this.places = IntStream.range(0, size).toArray();
        this.inputs = places.clone();
    }

    /** [(H_SS)⁻¹]_jj; 0 for an input that has left. */
    public double diagonal(int input) {
        return places[input] < 0 ? 0 : diagonal[places[input]];
    }

    /**
     * Takes an input out of S.
     *
     * @param input one that is in S
     * @param column becomes the input's column of (H_SS)⁻¹ as it was, {@code order} numbers, 0 for inputs not in S
     */
    public void remove(int input, double[] column) {
        int place = places[input];
        int start = pending * size;
        currentColumn(place, start);
        Arrays.fill(column, 0);
        for (int i = 0; i < size; i++) {
            if (places[inputs[i]] >= 0) {
                column[inputs[i]] = columns[start + i];
            }
        }
        double root = Math.sqrt(columns[start + place]);
        for (int i = 0; i < size; i++) {
            columns[start + i] /= root;
            diagonal[i] -= columns[start + i] * columns[start + i];
        }
        places[input] = -1;
        pending++;
        if (pending == PENDING) {
            update();
        }
    }

    private void currentColumn(int place, int start) {
        System.arraycopy(inverse, place * size, columns, start, size);
        for (int k = 0; k < pending; k++) {
            double factor = columns[k * size + place];
            for (int i = 0; i < size; i++) {
                columns[start + i] -= factor * columns[k * size + i];
            }
        }
    }

    private void update() {
        int[] kept =
                IntStream.range(0, size).filter(i -> places[inputs[i]] >= 0).toArray();
        Products.subtractSquare(inverse, size, columns, pending, kept);
        int[] left = new int[kept.length];
        for (int i = 0; i < kept.length; i++) {
            left[i] = inputs[kept[i]];
            diagonal[i] = diagonal[kept[i]];
            places[left[i]] = i;
        }
        inputs = left;
        size = kept.length;
        pending = 0;
    }
}
