package lathe.engine.linalg;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How far a Gram matrix H, the mean of those of independent parts such as images, is to be shrunk toward its diagonal.
 * With off(H) its entries off the diagonal, (1 - ρ) off(H) is nearest to what infinitely many parts would give, in the
 * mean square, for ρ = Σ Var(h_ij) / Σ h_ij² (Ledoit and Wolf, J. Multivariate Analysis 88, 2004; Schäfer and Strimmer,
 * Stat. Appl. Genet. Mol. Biol. 4(1):32, 2005, target D).
 *
 * <p>The variances are not gathered one by one: for a vector z of random signs, |off(A) z|² is |off(A)|² on average
 * (Hutchinson, Commun. Stat. Simul. 18, 1989), so each part i adds y = off(H_i) z alone, for a few z of its own, and the
 * variance is that of y about off(H) z. O(order) a sample and {@code 16 * order} bytes a part. Not thread-safe.
 */
public final class Shrinkage {

    /** Vectors z a part. */
    private static final int VECTORS = 4;

    private final int order;
    private final Map<Integer, float[][]> products = new LinkedHashMap<>(); // by part

    /** Of matrices of this order, no part seen yet. */
    public Shrinkage(int order) {
        this.order = order;
    }

    /**
     * The y of a part, to be handed to {@link #add}.
     *
     * @param samples count x order, row after row
     * @param first sample of the part
     * @param count samples of the part, at least one
     * @param part its number
     */
    public static float[][] products(float[] samples, int first, int count, int order, int part) {
        float[][] signs = signs(part, order);
        float[][] products = new float[VECTORS][order];
        float[] squares = new float[order];
        float[] x = new float[order];
        for (int sample = first; sample < first + count; sample++) {
            System.arraycopy(samples, sample * order, x, 0, order);
            for (int i = 0; i < order; i++) {
                squares[i] += x[i] * x[i];
            }
            for (int k = 0; k < VECTORS; k++) {
                addMultiple(dot(signs[k], x), x, products[k]);
            }
        }
        for (int k = 0; k < VECTORS; k++) {
            for (int i = 0; i < order; i++) {
                products[k][i] = (products[k][i] - signs[k][i] * squares[i]) / count;
            }
        }
        return products;
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void addMultiple(float factor, float[] from, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * from[i];
        }
    }

    private static float[][] signs(int part, int order) {
        SplittableRandom random = new SplittableRandom(part);
        float[][] signs = new float[VECTORS][order];
        for (float[] vector : signs) {
            for (int i = 0; i < order; i++) {
                vector[i] = random.nextBoolean() ? 1 : -1;
            }
        }
        return signs;
    }

    /** Adds the {@link #products} of a part. Parts without samples are left out: they tell nothing. */
    public void add(int part, float[][] ofPart) {
        products.put(part, ofPart);
    }

    /**
     * ρ, 0 to 1; 0 of fewer than two parts, which tell nothing.
     *
     * @param gram H, the mean over all parts
     */
    public double of(GramMatrix gram) {
        int parts = products.size();
        if (parts < 2 || gram.isDiagonal()) {
            return 0;
        }
        double variance = 0;
        double[] diagonal = gram.diagonal();
        for (Map.Entry<Integer, float[][]> part : products.entrySet()) {
            float[][] signs = signs(part.getKey(), order);
            double[] z = new double[VECTORS * order];
            for (int i = 0; i < z.length; i++) {
                z[i] = signs[i / order][i % order];
            }
            double[] mean = gram.times(z, VECTORS);
            for (int i = 0; i < z.length; i++) {
                double expected = mean[i] - diagonal[i % order] * z[i];
                variance += Math.pow(part.getValue()[i / order][i % order] - expected, 2) / VECTORS;
            }
        }
        return intensity(variance / parts / (parts - 1), offDiagonal(gram));
    }

    /** ρ of the variance Σ Var(h_ij) and the square Σ h_ij² of all entries off the diagonal. */
    public static double intensity(double variance, double square) {
        return square > 0 ? Math.max(0, Math.min(1, variance / square)) : 0;
    }

    private static double offDiagonal(GramMatrix gram) {
        double sum = 0;
        double[] row = new double[gram.order()];
        for (int i = 0; i < gram.order(); i++) {
            gram.rowInto(i, row);
            row[i] = 0;
            for (double entry : row) {
                sum += entry * entry;
            }
        }
        return sum;
    }
}
