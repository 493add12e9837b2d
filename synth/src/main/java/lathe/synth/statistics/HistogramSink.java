package lathe.synth.statistics;

import java.util.Optional;
import lathe.engine.grid.Histogram;
import lathe.synth.network.Tensor;

/** The distribution of all elements of a value. Counts are whole numbers, so the order of chunks does not matter. */
final class HistogramSink implements Sink {

    private final Histogram total = new Histogram();

    @Override
    public void accept(Chunk chunk, Tensor value) {
        Histogram part = new Histogram();
        part.addAll(value.values());
        synchronized (total) {
            total.merge(part);
        }
    }

    /** The distribution; empty if there was no element. */
    Optional<Histogram> result() {
        synchronized (total) {
            return total.count() + total.notFinite() > 0 ? Optional.of(total) : Optional.empty();
        }
    }
}
