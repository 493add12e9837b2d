package lathe.cli.device;

import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/** Times runs of a network. */
public interface RunTimer {

    /** Milliseconds of a run. */
    double millis(Graph graph, Map<String, Tensor> feeds);

    /** In ONNX Runtime on this machine: the fastest of {@value OnThisMachine#RUNS} runs in a row, after two that warm up. */
    static RunTimer onThisMachine(int threads) {
        return new OnThisMachine(threads);
    }

    /** Other work on the machine only adds time, so the fastest run is disturbed least. */
    record OnThisMachine(int threads) implements RunTimer {
        private static final int WARM_UP = 2;
        private static final int RUNS = 8;

        @Override
        public double millis(Graph graph, Map<String, Tensor> feeds) {
            double fastest = Double.POSITIVE_INFINITY;
            try (Network network = Network.of(graph, NetworkOptions.DEFAULT.withThreads(threads))) {
                for (int run = 0; run < WARM_UP + RUNS; run++) {
                    long start = System.nanoTime();
                    network.run(feeds);
                    double millis = (System.nanoTime() - start) / 1e6;
                    fastest = run < WARM_UP ? fastest : Math.min(fastest, millis);
                }
            }
            return fastest;
        }
    }
}
