package lathe.cli.report;

import lathe.cli.shell.Figures;
import lathe.engine.layer.ChannelCounts;

/**
 * A layer with other channels than before.
 *
 * @param name of the layer
 * @param rank channels between the two layers of low rank that it became; null if it is one layer
 */
public record ChannelsLine(
        String name, int inputsBefore, int inputsAfter, int outputsBefore, int outputsAfter, Integer rank) {

    /** The same in the form of reports. */
    public static ChannelsLine of(ChannelCounts counts) {
        return new ChannelsLine(
                counts.layer(),
                counts.inputsBefore(),
                counts.inputs(),
                counts.outputsBefore(),
                counts.outputs(),
                counts.rank().isPresent() ? counts.rank().getAsInt() : null);
    }

    /** The layer and what has changed, such as {@code conv1 16 -> 8} or {@code conv2 of rank 24}. */
    public String text() {
        if (rank != null) {
            return "%s of rank %d".formatted(Figures.name(name), rank);
        }
        return outputsAfter == outputsBefore
                ? "%s reads %d of %d".formatted(Figures.name(name), inputsAfter, inputsBefore)
                : "%s %d of %d".formatted(Figures.name(name), outputsAfter, outputsBefore);
    }
}
