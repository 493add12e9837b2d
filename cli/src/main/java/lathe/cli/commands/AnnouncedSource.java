package lathe.cli.commands;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;

/**
 * Another source, whose long steps are announced.
 *
 * @param source does the work
 * @param progress told of it
 */
record AnnouncedSource(StatisticsSource source, ProgressListener progress) implements StatisticsSource {

    private static final long UNKNOWN = -1;

    @Override
    public Measurement open(Graph graph) {
        progress.begin("making inputs", UNKNOWN);
        return new Announced(source.open(graph), progress);
    }

    private record Announced(Measurement measurement, ProgressListener progress) implements Measurement {

        @Override
        public Statistics measure(List<Layer> layers, Collection<String> values) {
            progress.begin("running the network", UNKNOWN);
            return measurement.measure(layers, values);
        }

        @Override
        public Map<String, GramMatrix> coactivations(Map<String, ClipBounds> activations) {
            return measurement.coactivations(activations);
        }

        @Override
        public Map<String, MeasuredChannels> channelMoments(Map<String, Integer> axes) {
            progress.begin("running the network", UNKNOWN);
            return measurement.channelMoments(axes);
        }

        @Override
        public Optional<InputStatistics> moments(Layer layer, Graph changed) {
            progress.begin("fitting layer by layer", UNKNOWN);
            return measurement.moments(layer, changed);
        }

        @Override
        public double outputError(Graph changed) {
            progress.begin("comparing outputs", UNKNOWN);
            return measurement.outputError(changed);
        }

        @Override
        public Map<String, ChannelAffine> drift(Graph changed) {
            progress.begin("comparing statistics", UNKNOWN);
            return measurement.drift(changed);
        }

        @Override
        public List<String> assumptions() {
            return measurement.assumptions();
        }

        @Override
        public void close() {
            measurement.close();
        }
    }
}
