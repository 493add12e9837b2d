package lathe.engine.pipeline;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.grid.Histogram;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;

/** Where the statistics of a network's values come from: synthetic inputs, or real ones. */
public interface StatisticsSource {

    /** Gets ready to measure this graph. */
    Measurement open(Graph graph);

    /** One graph under measurement. Not thread-safe, though it may use several threads itself. */
    interface Measurement extends AutoCloseable {

        /**
         * Runs the network once over all inputs.
         *
         * @param layers the layers of the graph whose inputs' Gram matrices are wanted; each needs
         *     {@code 8 * groups * cols²} bytes, so the caller asks for as many at a time as memory allows
         * @param values the values whose distribution is wanted
         */
        Statistics measure(List<Layer> layers, Collection<String> values);

        /** What was assumed about the inputs, one line each, for the report. */
        List<String> assumptions();

        @Override
        void close();
    }

    /**
     * What was measured; a layer or value that no input reached has no entry.
     *
     * @param layers by {@link Layer#name()}
     * @param values by value name
     */
    record Statistics(Map<String, InputStatistics> layers, Map<String, Histogram> values) {
        public Statistics {
            layers = Map.copyOf(layers);
            values = Map.copyOf(values);
        }
    }
}
