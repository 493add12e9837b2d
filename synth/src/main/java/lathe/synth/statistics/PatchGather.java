package lathe.synth.statistics;

/**
 * Copies a layer's inputs out of the tensor it reads, into an array whose layout three strides describe. Reads 16
 * channels of all positions before the next 16, so that what was read once is still in the cache for its neighbours.
 *
 * @param groups groups of the layer
 * @param channels input channels, over all groups
 * @param taps kernel taps
 * @param perPosition distance in the result between two positions
 * @param perColumn distance in the result between two columns (channel of the group, tap) of one position
 * @param perGroup distance in the result between two groups
 */
record PatchGather(int groups, int channels, int taps, int perPosition, int perColumn, int perGroup) {

    private static final int BLOCK = 16;

    /** For each group all positions, for each of these its columns: {@code groups x positions x columns}. */
    static PatchGather byGroup(int groups, int channels, int taps, int positions) {
        int columns = channels / groups * taps;
        return new PatchGather(groups, channels, taps, columns, 1, positions * columns);
    }

    /** For each position its columns, for each of these all groups: {@code positions x columns x groups}. */
    static PatchGather byPosition(int groups, int channels, int taps) {
        int columns = channels / groups * taps;
        return new PatchGather(groups, channels, taps, columns * groups, groups, 1);
    }

    /**
     * Gathers some positions.
     *
     * @param x the tensor
     * @param patches where the inputs of each position lie
     * @param from first position
     * @param to position after the last
     * @param out overwritten; the first position goes to index 0
     */
    void gather(float[] x, PatchOffsets patches, int from, int to, float[] out) {
        int[] offsets = patches.offsets();
        int[] at = patches.channels();
        int[] base = new int[channels];
        for (int c = 0; c < channels; c++) {
            int perChannelGroup = channels / groups;
            base[c] = c / perChannelGroup * perGroup + c % perChannelGroup * taps * perColumn;
        }
        for (int first = 0; first < channels; first += BLOCK) {
            int end = Math.min(channels, first + BLOCK);
            for (int p = from; p < to; p++) {
                for (int t = 0; t < taps; t++) {
                    int target = (p - from) * perPosition + t * perColumn;
                    int source = offsets[p * taps + t];
                    if (source < 0) {
                        for (int c = first; c < end; c++) {
                            out[target + base[c]] = 0;
                        }
                    } else {
                        for (int c = first; c < end; c++) {
                            out[target + base[c]] = x[source + at[c]];
                        }
                    }
                }
            }
        }
    }
}
