package lathe.engine.solve;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Weighted k-means: Lloyd's algorithm from centres drawn by k-means++ (Arthur and Vassilvitskii, SODA 2007). The same
 * vectors give the same centres, bit for bit. O(rounds * vectors * centres * length).
 */
final class KMeans {

    private static final int ROUNDS = 15;
    private static final long SEED = 1;

    private final int length;
    private final double[] vectors;
    private final double[] weights;
    private final double[] centres;
    private final double[][] columns; // number i of all centres
    private final double[] squares; // of each centre
    private final double[] costs;

    private KMeans(int length, double[] vectors, double[] weights, int count) {
        this.length = length;
        this.vectors = vectors;
        this.weights = weights;
        this.centres = new double[count * length];
        this.columns = new double[length][count];
        this.squares = new double[count];
        this.costs = new double[count];
    }

    /**
     * Finds centres.
     *
     * @param vectors at least one, of {@code length} numbers each
     * @param weights one per vector, 0 or more
     * @return {@code count * length} numbers
     */
    static double[] centres(int length, double[] vectors, double[] weights, int count) {
        KMeans means = new KMeans(length, vectors, weights, count);
        means.draw();
        for (int round = 0; round < ROUNDS; round++) {
            means.improve();
        }
        return means.centres;
    }

    /** What is left of each vector without the nearest of these centres. */
    static double[] differences(int length, double[] vectors, double[] centres) {
        KMeans means = new KMeans(length, vectors, new double[0], centres.length / length);
        System.arraycopy(centres, 0, means.centres, 0, centres.length);
        means.turn();
        double[] differences = vectors.clone();
        for (int at = 0; at < vectors.length; at += length) {
            int nearest = means.nearest(at);
            for (int i = 0; i < length; i++) {
                differences[at + i] -= centres[nearest * length + i];
            }
        }
        return differences;
    }

    /** Each centre is a vector, drawn with its weight times its squared distance from the centres before. */
    private void draw() {
        SplittableRandom random = new SplittableRandom(SEED);
        double[] distances = new double[weights.length];
        Arrays.fill(distances, 1);
        for (int centre = 0; centre < squares.length; centre++) {
            int chosen = drawn(distances, random.nextDouble());
            System.arraycopy(vectors, chosen * length, centres, centre * length, length);
            for (int vector = 0; vector < distances.length; vector++) {
                double distance = distance(vector, chosen);
                distances[vector] = centre == 0 ? distance : Math.min(distances[vector], distance);
            }
        }
    }

    private int drawn(double[] distances, double share) {
        double sum = 0;
        for (int i = 0; i < distances.length; i++) {
            sum += distances[i] * weights[i];
        }
        double left = share * sum;
        int last = 0;
        for (int i = 0; i < distances.length; i++) {
            double own = distances[i] * weights[i];
            last = own > 0 ? i : last;
            left -= own;
            if (left < 0) {
                return i;
            }
        }
        return last;
    }

    private double distance(int one, int other) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            double difference = vectors[one * length + i] - vectors[other * length + i];
            sum += difference * difference;
        }
        return sum;
    }

    /** Each centre becomes the mean of the vectors nearest to it; one without any stays. */
    private void improve() {
        turn();
        double[] sums = new double[centres.length];
        double[] masses = new double[squares.length];
        for (int vector = 0; vector < weights.length; vector++) {
            int nearest = nearest(vector * length);
            masses[nearest] += weights[vector];
            for (int i = 0; i < length; i++) {
                sums[nearest * length + i] += weights[vector] * vectors[vector * length + i];
            }
        }
        for (int i = 0; i < centres.length; i++) {
            double mass = masses[i / length];
            centres[i] = mass > 0 ? sums[i] / mass : centres[i];
        }
    }

    private void turn() {
        Arrays.fill(squares, 0);
        for (int i = 0; i < centres.length; i++) {
            columns[i % length][i / length] = centres[i];
            squares[i / length] += centres[i] * centres[i];
        }
    }

    private int nearest(int at) {
        System.arraycopy(squares, 0, costs, 0, costs.length);
        for (int i = 0; i < length; i++) {
            CodewordSearch.addMultiple(-2 * vectors[at + i], columns[i], costs);
        }
        return CodewordSearch.least(costs);
    }
}
