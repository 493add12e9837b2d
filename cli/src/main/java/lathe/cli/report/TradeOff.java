package lathe.cli.report;

import java.util.List;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;

/**
 * What size costs: files of several sizes, and the SNR that their outputs keep.
 *
 * @param model its name
 * @param bytesBefore its size
 * @param inputs that SNRs are measured on
 * @param points from the smallest file on
 * @param nextByte the layers that gain most from a byte more, at each point in their order
 */
public record TradeOff(String model, long bytesBefore, String inputs, List<Point> points, List<List<String>> nextByte) {

    public TradeOff {
        points = List.copyOf(points);
        nextByte = List.copyOf(nextByte);
    }

    /**
     * One size.
     *
     * @param bytes of the file
     * @param ratio to the original
     * @param bits of a weight, on average over all layers that have a choice
     * @param signalToNoiseDb of the output with the least
     * @param measured false if the SNR is interpolated between sizes that were measured
     * @param command that makes the file
     */
    public record Point(
            long bytes, double ratio, double bits, double signalToNoiseDb, boolean measured, String command) {}

    /** As a table, with the command for one of them. */
    public void print(Console console) {
        Table table = new Table(">size", ">ratio", ">bits", ">SNR dB", "");
        for (Point point : points) {
            table.row(
                    Figures.bytes(point.bytes()),
                    Figures.decimal(point.ratio(), 3),
                    Figures.decimal(point.bits(), 2),
                    Figures.decimal(point.signalToNoiseDb(), 1),
                    point.measured() ? "measured" : "");
        }
        console.show(table.render(""));
        console.say("");
        console.say("SNR on " + inputs);
        console.say("Next: " + points.get(points.size() / 2).command());
    }
}
