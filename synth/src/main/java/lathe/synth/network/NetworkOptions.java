package lathe.synth.network;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How ONNX Runtime runs a network.
 *
 * @param threads threads that work on one operator; 1 gives the same bits on every run
 * @param optimization how far ONNX Runtime rewrites the graph first
 * @param arena true to keep freed memory for the next run, which is faster and needs more of it
 * @param quiet true to print nothing at all; false to let errors through to the standard error stream
 * @param exactIntegers true for integer products that are exact on every processor; false for the fastest, whose 16-bit
 *     sums saturate on x86 processors without VNNI
 * @param optimizedModel where to write the rewritten graph, to see what was fused
 */
public record NetworkOptions(
        int threads,
        Optimization optimization,
        boolean arena,
        boolean quiet,
        boolean exactIntegers,
        Optional<Path> optimizedModel) {

    /** One thread, all optimizations, arena, quiet, the fastest integers. */
    public static final NetworkOptions DEFAULT =
            new NetworkOptions(1, Optimization.ALL, true, true, false, Optional.empty());

    /** The optimization levels of ONNX Runtime. */
    public enum Optimization {
        NONE,
        BASIC,
        EXTENDED,
        ALL
    }

    public NetworkOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("%d threads".formatted(threads));
        }
    }

    /** The same with this many threads. */
    public NetworkOptions withThreads(int newThreads) {
        return new NetworkOptions(newThreads, optimization, arena, quiet, exactIntegers, optimizedModel);
    }

    /** The same with this optimization level. */
    public NetworkOptions withOptimization(Optimization newOptimization) {
        return new NetworkOptions(threads, newOptimization, arena, quiet, exactIntegers, optimizedModel);
    }

    /** The same with or without an arena. */
    public NetworkOptions withArena(boolean newArena) {
        return new NetworkOptions(threads, optimization, newArena, quiet, exactIntegers, optimizedModel);
    }

    /** The same with exact integer products, or the fastest. */
    public NetworkOptions withExactIntegers(boolean exact) {
        return new NetworkOptions(threads, optimization, arena, quiet, exact, optimizedModel);
    }

    /** The same, writing the rewritten graph to this file. */
    public NetworkOptions withOptimizedModel(Path file) {
        return new NetworkOptions(threads, optimization, arena, quiet, exactIntegers, Optional.of(file));
    }
}
