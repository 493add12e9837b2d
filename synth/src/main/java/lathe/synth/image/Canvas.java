package lathe.synth.image;

/**
 * Which pixels of an image are still free, for painting front to back: every pixel is painted once, by the first leaf
 * that reaches it. Each row keeps, for every column, a pointer towards the next free one (disjoint sets with path
 * halving), so that a leaf behind others costs its rows and not its area. Not thread-safe.
 */
final class Canvas {

    /** Paints pixels {@code from} (inclusive) to {@code to} (exclusive) of row {@code y}. */
    interface Brush {
        void paint(int y, int from, int to);
    }

    private final int height;
    private final int width;
    private final int[] nextFree;
    private final double[] ends = new double[2];
    private int free;

    Canvas(int height, int width) {
        this.height = height;
        this.width = width;
        this.free = height * width;
        this.nextFree = new int[height * (width + 1)];
        for (int i = 0; i < nextFree.length; i++) {
            nextFree[i] = i;
        }
    }

    boolean full() {
        return free == 0;
    }

    /** Paints the free pixels whose centres lie in the leaf. */
    void cover(Leaf leaf, Brush brush) {
        int top = (int) Math.max(0, Math.ceil(leaf.top() - 0.5));
        int bottom = (int) Math.min(height - 1.0, Math.floor(leaf.bottom() - 0.5));
        for (int y = top; y <= bottom; y++) {
            leaf.spanInto(y + 0.5, ends);
            int from = (int) Math.max(0, Math.ceil(ends[0] - 0.5));
            int to = (int) Math.min(width - 1.0, Math.floor(ends[1] - 0.5)) + 1;
            if (from < to) {
                coverRow(y, from, to, brush);
            }
        }
    }

    /** Paints all pixels that are still free. */
    void coverRest(Brush brush) {
        for (int y = 0; y < height; y++) {
            coverRow(y, 0, width, brush);
        }
    }

    private void coverRow(int y, int from, int to, Brush brush) {
        int row = y * (width + 1);
        int end = row + to;
        int start = firstFree(row + from);
        while (start < end) {
            int stop = start;
            while (stop < end && nextFree[stop] == stop) {
                nextFree[stop] = stop + 1;
                stop++;
            }
            brush.paint(y, start - row, stop - row);
            free -= stop - start;
            start = firstFree(stop);
        }
    }

    /** The first free pixel at or after a place in its row; the row's last entry is always free and no pixel. */
    private int firstFree(int place) {
        int at = place;
        while (nextFree[at] != at) {
            nextFree[at] = nextFree[nextFree[at]];
            at = nextFree[at];
        }
        return at;
    }
}
