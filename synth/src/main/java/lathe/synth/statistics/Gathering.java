package lathe.synth.statistics;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lathe.synth.network.Network;
import lathe.synth.network.Tensor;

/**
 * Runs a network on each chunk and hands values to sinks. Memory: the outputs of one chunk a thread.
 *
 * @param network computes the outputs
 * @param computed where outputs of the network go, by name
 * @param fed where inputs of the network go, by name
 */
record Gathering(Network network, Map<String, List<Sink>> computed, Map<String, List<Sink>> fed)
        implements ChunkedRun.Step {

    @Override
    public void take(Sink.Chunk chunk, Map<String, Tensor> batch) {
        fed.forEach((name, sinks) -> sinks.forEach(sink -> sink.accept(chunk, batch.get(name))));
        network.run(
                batch,
                computed.keySet(),
                (name, tensor) -> computed.get(name).forEach(sink -> sink.accept(chunk, tensor)));
    }

    @Override
    public void abort() {
        Stream.of(computed, fed)
                .flatMap(sinks -> sinks.values().stream())
                .flatMap(Collection::stream)
                .forEach(Sink::abort);
    }

    /** Hands inputs to sinks without running anything. */
    static void feed(Feeds feeds, Map<String, List<Sink>> fed) {
        for (int sample = 0; sample < feeds.count(); sample++) {
            Sink.Chunk chunk = new Sink.Chunk(sample, sample, 1, feeds.count());
            Map<String, Tensor> batch = feeds.batch(sample, 1);
            fed.forEach((name, sinks) -> sinks.forEach(sink -> sink.accept(chunk, batch.get(name))));
        }
    }
}
