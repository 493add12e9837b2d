package lathe.cli.models;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import lathe.cli.shell.CommandException;

/** Images with the class of each: the files of a folder, or the tiles of a contact sheet. Files are read when asked for. */
public final class LabelledImages {

    private static final Set<String> SUFFIXES = Set.of("png", "jpg", "jpeg", "bmp", "gif");
    private static final Pattern SEPARATOR = Pattern.compile("[\\s,;]+");

    private final List<Source> sources;
    private final int[] labels;

    private interface Source {
        BufferedImage read() throws IOException;
    }

    /** One line of a label file: a label, and perhaps the file it belongs to. */
    private record Line(Optional<String> file, int label) {}

    private LabelledImages(List<Source> sources, List<Line> lines) {
        this.sources = List.copyOf(sources);
        this.labels = lines.stream().mapToInt(Line::label).toArray();
    }

    /** The files of a folder. Lines of the label file are {@code file label}, or {@code label} in order of file names. */
    public static LabelledImages ofFolder(Path folder, Path labelFile) throws IOException {
        List<Line> lines = lines(labelFile);
        List<Path> files;
        if (lines.stream().allMatch(line -> line.file().isPresent())) {
            files = lines.stream()
                    .map(line -> folder.resolve(line.file().orElseThrow()))
                    .toList();
        } else {
            files = imagesIn(folder);
            checkCount(labelFile, lines, files.size(), folder + " holds %d images".formatted(files.size()));
        }
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw CommandException.badInput("%s: names %s, which does not exist".formatted(labelFile, file));
            }
        }
        return new LabelledImages(
                files.stream().map(file -> (Source) () -> readFile(file)).toList(), lines);
    }

    /** The equal tiles of one image, row by row, one label each. */
    public static LabelledImages ofSheet(Path sheet, Path labelFile, int tileWidth, int tileHeight) throws IOException {
        return ofSheet(sheet.toString(), readFile(sheet), labelFile, lines(labelFile), tileWidth, tileHeight);
    }

    /** The same from memory. */
    public static LabelledImages ofSheet(byte[] png, String labels, int tileWidth, int tileHeight) throws IOException {
        Path source = Path.of("labels");
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        return ofSheet("sheet", image, source, lines(source, labels.lines().toList()), tileWidth, tileHeight);
    }

    private static LabelledImages ofSheet(
            String name, BufferedImage sheet, Path labelFile, List<Line> lines, int tileWidth, int tileHeight) {
        int across = sheet.getWidth() / tileWidth;
        int down = sheet.getHeight() / tileHeight;
        if (across * tileWidth != sheet.getWidth() || down * tileHeight != sheet.getHeight()) {
            throw CommandException.badInput(
                    "%s: %d x %d pixels do not split into tiles of %d x %d; give the tile size with --tile WxH"
                            .formatted(name, sheet.getWidth(), sheet.getHeight(), tileWidth, tileHeight));
        }
        if (lines.size() > across * down) {
            checkCount(labelFile, lines, across * down, "%s has %d tiles".formatted(name, across * down));
        }
        List<Source> tiles = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            int x = i % across * tileWidth;
            int y = i / across * tileHeight;
            tiles.add(() -> sheet.getSubimage(x, y, tileWidth, tileHeight));
        }
        return new LabelledImages(tiles, lines);
    }

    private static void checkCount(Path labelFile, List<Line> lines, int images, String what) {
        if (lines.size() != images) {
            throw CommandException.badInput("%s: %d labels, but %s; give one label per image, or lines 'file label'"
                    .formatted(labelFile, lines.size(), what));
        }
    }

    /** The images of a folder, in the order of their names. */
    static List<Path> imagesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> SUFFIXES.contains(suffix(file)))
                    .sorted()
                    .toList();
        }
    }

    private static String suffix(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** Reads one image file. */
    static BufferedImage readFile(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        if (image == null) {
            throw CommandException.badInput("%s: not an image that can be read (PNG and JPEG can)".formatted(file));
        }
        return image;
    }

    private static List<Line> lines(Path file) throws IOException {
        try {
            return lines(file, Files.readAllLines(file));
        } catch (MalformedInputException e) {
            throw CommandException.badInput("%s: not a text file in UTF-8".formatted(file), e);
        }
    }

    private static List<Line> lines(Path file, List<String> text) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < text.size(); i++) {
            String line = text.get(i).strip();
            if (!line.isEmpty()) {
                lines.add(line(file, i + 1, line));
            }
        }
        if (lines.isEmpty()) {
            throw CommandException.badInput("%s: holds no labels".formatted(file));
        }
        return lines;
    }

    private static Line line(Path file, int number, String line) {
        String[] words = SEPARATOR.split(line, -1);
        try {
            int label = Integer.parseInt(words[words.length - 1]);
            return new Line(words.length > 1 ? Optional.of(words[0]) : Optional.empty(), label);
        } catch (NumberFormatException e) {
            throw CommandException.badInput(
                    "%s: line %d is '%s'; must be a class number, or a file and a class number"
                            .formatted(file, number, line),
                    e);
        }
    }

    public int size() {
        return labels.length;
    }

    /** The class of an image. */
    public int label(int index) {
        return labels[index];
    }

    /** An image. */
    public BufferedImage image(int index) throws IOException {
        return sources.get(index).read();
    }
}
