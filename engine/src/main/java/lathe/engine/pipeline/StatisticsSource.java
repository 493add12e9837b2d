package lathe.engine.pipeline;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.grid.Histogram;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramMatrix;

/** Where the statistics of a network's values come from: synthetic inputs, or real ones. */
public interface StatisticsSource {

    /** Gets ready to measure this graph. */
    Measurement open(Graph graph);

    /**
     * One graph under measurement. Not thread-safe, though it may use several threads itself; results do not depend on
     * how many, bit for bit.
     *
     * <p>{@link #moments}, {@link #outputError} and {@link #drift} look at a <em>changed</em> graph: the one that was opened with other
     * floating constants, whatever their names. Nodes, inputs, outputs and the names of values are the same.
     */
    interface Measurement extends AutoCloseable {

        /**
         * Runs the network once over all inputs. What is measured of a layer or value does not depend on what else is
         * measured in the same call, bit for bit.
         *
         * @param layers the layers of the graph whose inputs' Gram matrices are wanted; each needs
         *     {@link Layer#gramBytes()}, so the caller asks for as many at a time as memory allows. A layer without
         *     {@link Layer#hasWholeGram()} gets the diagonals
         * @param values the values whose distribution is wanted
         */
        Statistics measure(List<Layer> layers, Collection<String> values);

        /**
         * How often two channels of a value pass an activation together, over some of the inputs.
         *
         * @param activations by name of the value behind them: the range inside which a number passes
         * @return E[m mᵀ] by value name, m_c = 1 where channel c, on axis 1, lies inside the open range, else 0; a value
         *     that was never computed is missing
         */
        Map<String, GramMatrix> coactivations(Map<String, ClipBounds> activations);

        /**
         * Means and deviations of the channels of values over all inputs.
         *
         * @param axes by name of a value, the axis of its channels
         * @return by value, along that axis; values that were never computed or hold no floats are missing
         */
        Map<String, MeasuredChannels> channelMoments(Map<String, Integer> axes);

        /**
         * What a layer reads in a changed network beside what it writes in the original, for the same inputs. Both networks have the
         * corrections of the original. Runs both up to the layer.
         *
         * @param layer of the original, of one group and with a {@linkplain Layer#hasWholeGram whole Gram matrix}
         * @param changed see {@link #outputError}
         * @return second moments and means of the vector of z and W x, of order cols + rows, z what is read in the changed network, x in the
         *     original, W the layer's weights there; empty if that is never computed
         */
        Optional<InputStatistics> moments(Layer layer, Graph changed);

        /**
         * How far a changed network's outputs are from the original's: the mean over all FLOAT outputs of E|y - ŷ|² /
         * E|y|², over all inputs. Where the original was corrected to be measured, both networks run with these same
         * corrections. Costs a run of the network over all inputs, the first call two.
         *
         * @return 0 where all is equal, or no output is FLOAT; an output that the original leaves 0 throughout counts 1
         *     where the changed network does not; infinite if a number stopped being finite
         * @throws IllegalArgumentException if the graph is no changed version of the one that was opened
         */
        double outputError(Graph changed);

        /**
         * What brings the values of a changed network back to the mean and deviation that the original's have, for each
         * value of {@link Graph#statistics()} that a node writes and whose channels are on axis 1. Found in the order of
         * the graph: each value's map takes those of all values before it for granted. Costs about as much as opening.
         *
         * @return by value name: the map to apply to the output of the changed layer, the identity for channels without
         *     variation or with numbers that are not finite; empty where the graph has no statistics
         * @throws IllegalArgumentException if the graph is no changed version of the one that was opened
         */
        Map<String, ChannelAffine> drift(Graph changed);

        /** What was assumed about the inputs, one line each, for the report. */
        List<String> assumptions();

        @Override
        void close();
    }

    /**
     * Measured statistics; a layer or value that no input reached has no entry.
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
