package lathe.cli.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A table in plain text: columns two spaces apart, as wide as their longest cell. Not thread-safe. */
public final class Table {

    private static final String GAP = "  ";

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    private record Column(String title, boolean right) {
        String aligned(String cell, int width) {
            String padding = " ".repeat(Math.max(0, width - cell.length()));
            return right ? padding + cell : cell + padding;
        }
    }

    /** @param titles a column each; a title that begins with {@code >} makes its column right-aligned */
    public Table(String... titles) {
        columns = List.of(titles).stream()
                .map(title -> title.startsWith(">") ? new Column(title.substring(1), true) : new Column(title, false))
                .toList();
    }

    /** Adds a row with as many cells as there are columns; each stays on its line. */
    public Table row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException("%d cells, %d columns".formatted(cells.length, columns.size()));
        }
        rows.add(Stream.of(cells).map(Printable::line).toList());
        return this;
    }

    /** The lines, each behind the indent; titles come first unless all of them are empty. */
    public String render(String indent) {
        List<String> titles = columns.stream().map(Column::title).toList();
        List<List<String>> all = new ArrayList<>();
        if (titles.stream().anyMatch(title -> !title.isEmpty())) {
            all.add(titles);
        }
        all.addAll(rows);
        int[] widths = new int[columns.size()];
        for (List<String> row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return all.stream().map(row -> indent + line(row, widths)).collect(Collectors.joining("\n"));
    }

    private String line(List<String> row, int[] widths) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            cells.add(columns.get(i).aligned(row.get(i), widths[i]));
        }
        return String.join(GAP, cells).stripTrailing();
    }
}
