package lathe.synth.statistics;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;

/**
 * Measures statistics with one measurement, and changed graphs with another, which is opened when it is first needed.
 */
final class SeparateJudge implements Measurement {

    private final Measurement measurement;
    private final Supplier<Measurement> source;
    private Optional<Measurement> judge = Optional.empty();

    SeparateJudge(Measurement measurement, Supplier<Measurement> source) {
        this.measurement = measurement;
        this.source = source;
    }

    private Measurement judge() {
        if (judge.isEmpty()) {
            judge = Optional.of(source.get());
        }
        return judge.get();
    }

    @Override
    public Statistics measure(List<Layer> layers, Collection<String> values) {
        return measurement.measure(layers, values);
    }

    @Override
    public Map<String, GramMatrix> coactivations(Map<String, ClipBounds> activations) {
        return measurement.coactivations(activations);
    }

    @Override
    public Map<String, MeasuredChannels> channelMoments(Map<String, Integer> axes) {
        return measurement.channelMoments(axes);
    }

    @Override
    public Optional<InputStatistics> moments(Layer layer, Graph changed) {
        return judge().moments(layer, changed);
    }

    @Override
    public double outputError(Graph changed) {
        return judge().outputError(changed);
    }

    @Override
    public Map<String, ChannelAffine> drift(Graph changed) {
        return judge().drift(changed);
    }

    @Override
    public List<String> assumptions() {
        return measurement.assumptions();
    }

    @Override
    public void close() {
        measurement.close();
        judge.ifPresent(Measurement::close);
    }
}
