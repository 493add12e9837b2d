package lathe.synth.image;

import java.util.Arrays;

/** Gaussian blur of one plane, separable, edges continued. O(pixels * deviation). Immutable. */
final class Blur {

    private final float[] weights;

    /** @param deviation in pixels; below about 0.15 nothing changes */
    Blur(double deviation) {
        int reach = (int) Math.ceil(2.5 * deviation);
        weights = new float[reach + 1];
        double sum = 0;
        for (int i = 0; i <= reach; i++) {
            weights[i] = (float) Math.exp(-0.5 * i * i / (deviation * deviation));
            sum += i == 0 ? weights[i] : 2 * weights[i];
        }
        for (int i = 0; i <= reach; i++) {
            weights[i] /= (float) sum;
        }
    }

    /**
     * @param planes blurred in place: images one after another, each height x width
     * @param offset where the plane to blur starts
     */
    void applyTo(float[] planes, int offset, int height, int width) {
        float[] across = new float[height * width];
        float[] line = new float[width + 2 * (weights.length - 1)];
        for (int y = 0; y < height; y++) {
            blurRow(planes, offset + y * width, across, y * width, width, line);
        }
        Arrays.fill(planes, offset, offset + height * width, 0f);
        for (int y = 0; y < height; y++) {
            for (int d = 1 - weights.length; d < weights.length; d++) {
                int from = Math.min(Math.max(y + d, 0), height - 1) * width;
                int to = offset + y * width;
                float weight = weights[Math.abs(d)];
                for (int x = 0; x < width; x++) {
                    planes[to + x] += weight * across[from + x];
                }
            }
        }
    }

    private void blurRow(float[] from, int fromAt, float[] to, int toAt, int width, float[] line) {
        int reach = weights.length - 1;
        Arrays.fill(line, 0, reach, from[fromAt]);
        System.arraycopy(from, fromAt, line, reach, width);
        Arrays.fill(line, reach + width, line.length, from[fromAt + width - 1]);
        for (int d = -reach; d <= reach; d++) {
            float weight = weights[Math.abs(d)];
            for (int x = 0; x < width; x++) {
                to[toAt + x] += weight * line[reach + d + x];
            }
        }
    }
}
