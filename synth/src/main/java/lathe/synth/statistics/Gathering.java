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

    /** Hands inputs to sinks without running a network. */
    static void feed(ChunkedRun run, Map<String, List<Sink>> fed) {
        run.run(
                1,
                (chunk, batch) ->
                        fed.forEach((name, sinks) -> sinks.forEach(sink -> sink.accept(chunk, batch.get(name)))));
    }
}
