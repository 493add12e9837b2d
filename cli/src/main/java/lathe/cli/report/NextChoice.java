package lathe.cli.report;

import java.util.List;
import lathe.engine.allocate.LayerTable.Upgrade;

/**
 * The format that a layer would get if the file could be larger.
 *
 * @param format of its weights
 * @param bits of a weight, 32 for a float
 * @param bytes that it would add to the file
 * @param error that it would take away, as a share of the energy of the layer's output; predicted when bits were chosen, from
 *     each format tried alone, so it may exceed the error of the refined layer
 */
public record NextChoice(String format, int bits, long bytes, double error) {

    /** Layers that are named as those that gain most. */
    private static final int NAMED = 3;

    static NextChoice of(Upgrade upgrade) {
        return new NextChoice(
                upgrade.config().formatName(), upgrade.config().bits(), Math.round(upgrade.cost()), upgrade.error());
    }

    /** The layers that gain most from a byte more, at most {@value #NAMED}. */
    public static List<String> nextByte(List<Upgrade> upgrades) {
        return upgrades.stream().limit(NAMED).map(Upgrade::layer).toList();
    }
}
