package lathe.synth.statistics;

import lathe.synth.network.Tensor;

/** Takes in one value of a network, chunk by chunk. Thread-safe; the result does not depend on the threads. */
interface Sink {

    /**
     * Takes in one chunk.
     *
     * @param chunk which samples
     * @param value the value under these samples
     */
    void accept(Chunk chunk, Tensor value);

    /** Called when a chunk will never come. */
    default void abort() {}

    /**
     * A run of samples.
     *
     * @param index 0 for the first chunk
     * @param from its first sample
     * @param count how many samples
     * @param total samples of all chunks together
     */
    record Chunk(int index, int from, int count, int total) {

        /** This chunk's part of a number that all chunks share. */
        long share(long number) {
            return number * (from + count) / total - number * from / total;
        }
    }
}
