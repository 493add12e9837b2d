package lathe.synth.statistics;

import java.util.Optional;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;

/** Takes in the value that a layer reads. */
interface LayerSink extends Sink {

    /** The sink for a layer; the seed decides which positions are looked at. */
    static LayerSink of(Layer layer, long seed) {
        return layer.readsIndices() ? new DrawSink(layer) : new GramSink(layer, seed);
    }

    /** What was gathered, once all chunks are in; empty if there was nothing. */
    Optional<InputStatistics> result();
}
