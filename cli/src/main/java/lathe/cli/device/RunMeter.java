package lathe.cli.device;

import java.util.Map;
import java.util.function.ToDoubleFunction;
import lathe.engine.graph.Graph;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/** Measures runs of a network: their time, or their energy. */
public interface RunMeter {

    /** Milliseconds or joules of a run. */
    double measure(Graph graph, Map<String, Tensor> feeds);

    /** Milliseconds in ONNX Runtime on this machine: the fastest of {@value InRuntime#RUNS} runs in a row, after two that warm up. */
    static RunMeter time(int threads) {
        return new InRuntime(threads, InRuntime::fastest);
    }

    /**
     * Joules in ONNX Runtime on this machine, after two runs that warm up.
     *
     * @throws CounterException from the measurement, if the counter can no longer be read
     */
    static RunMeter energy(int threads, EnergyMeter meter) {
        return new InRuntime(threads, meter::joules);
    }

    /**
     * Loads a network, and measures its runs.
     *
     * @param measured repeats a run
     */
    record InRuntime(int threads, ToDoubleFunction<Runnable> measured) implements RunMeter {
        private static final int WARM_UP = 2;
        private static final int RUNS = 8;

        @Override
        public double measure(Graph graph, Map<String, Tensor> feeds) {
            try (Network network = Network.of(graph, NetworkOptions.DEFAULT.withThreads(threads))) {
                for (int run = 0; run < WARM_UP; run++) {
                    network.run(feeds);
                }
                return measured.applyAsDouble(() -> network.run(feeds));
            }
        }

        /** Other work on the machine only adds time, so the fastest run is disturbed least. */
        private static double fastest(Runnable run) {
            double fastest = Double.POSITIVE_INFINITY;
            for (int i = 0; i < RUNS; i++) {
                long start = System.nanoTime();
                run.run();
                fastest = Math.min(fastest, (System.nanoTime() - start) / 1e6);
            }
            return fastest;
        }
    }
}
