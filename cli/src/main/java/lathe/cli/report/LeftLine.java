package lathe.cli.report;

import java.util.List;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.layer.Inventory;

/**
 * Constants that stay as they are, for people and for JSON.
 *
 * @param name of the node that reads them
 * @param opType ONNX operator; empty where no single node reads them
 * @param reason why they stay, a clause
 * @param bytes that they take
 * @param share of the file that they are, 0 to 1
 */
public record LeftLine(String name, String opType, String reason, long bytes, double share) {

    /**
     * What stays as it is, the most bytes first, what is small in one line.
     *
     * @param fileBytes size of the original, with its external data
     */
    public static List<LeftLine> of(Inventory inventory, long fileBytes) {
        return inventory.summed(fileBytes).stream()
                .map(left -> new LeftLine(
                        left.name(),
                        left.opType(),
                        left.reason(),
                        left.bytes(),
                        fileBytes == 0 ? 0 : Math.min(1, (double) left.bytes() / fileBytes)))
                .toList();
    }

    /** The lines as a table. */
    public static String table(List<LeftLine> lines, String indent) {
        Table table = new Table("", "", ">", ">", "");
        for (LeftLine line : lines) {
            table.row(
                    Figures.name(line.name()),
                    line.opType(),
                    line.bytes() == 0 ? "-" : Figures.bytes(line.bytes()),
                    line.bytes() == 0 ? "-" : Figures.percent(line.share(), 1),
                    line.reason());
        }
        return table.render(indent);
    }
}
