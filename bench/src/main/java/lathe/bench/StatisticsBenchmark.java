package lathe.bench;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.Graph;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.input.InputOptions;
import lathe.synth.statistics.StatisticsSources;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The two runs of a network of MobileNetV2's shape over 64 inputs of 224 x 224, corrections first, then gathering; and
 * what a changed network is judged by.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@org.openjdk.jmh.annotations.Measurement(iterations = 5)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
public class StatisticsBenchmark {

    /** Runs at once. */
    @Param({"1", "2"})
    public int threads;

    private Graph graph;
    private StatisticsSource source;
    private List<Layer> layers;
    private Set<String> values;
    private StatisticsSource.Measurement measurement;

    /** Makes the network and does the first run. */
    @Setup
    public void open() {
        graph = MobileShaped.graph();
        layers = Layers.survey(graph).layers();
        values = new LinkedHashSet<>();
        graph.nodes().forEach(node -> values.addAll(node.outputs()));
        source = StatisticsSources.synthetic(InputOptions.DEFAULT, threads);
        measurement = source.open(graph);
        measurement.outputError(graph);
    }

    /** Lets go of the network. */
    @TearDown
    public void close() {
        measurement.close();
    }

    /** Plans and makes the inputs, and does the first run. */
    @Benchmark
    public List<String> firstRun() {
        try (StatisticsSource.Measurement opened = source.open(graph)) {
            return opened.assumptions();
        }
    }

    /** Gram matrices of 53 layers. */
    @Benchmark
    public StatisticsSource.Statistics layersAlone() {
        return measurement.measure(layers, List.of());
    }

    /** Gram matrices of 53 layers, histograms of 100 values. */
    @Benchmark
    public StatisticsSource.Statistics layersAndValues() {
        return measurement.measure(layers, values);
    }

    /** Outputs of a changed network beside those of the original, which are known from the run before. */
    @Benchmark
    public double outputError() {
        return measurement.outputError(graph);
    }

    /** The first run of a changed network. */
    @Benchmark
    public Map<String, ChannelAffine> drift() {
        return measurement.drift(graph);
    }
}
