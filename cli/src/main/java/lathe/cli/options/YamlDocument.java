package lathe.cli.options;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** A YAML file as nodes: texts, lists and mappings with their places. Nothing is made of them here, no object built. */
record YamlDocument(Path file) {

    private static final int MOST_BYTES = 1_000_000;
    private static final int DEEPEST = 10;
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setCodePointLimit(MOST_BYTES)
            .setAllowNonScalarKeys(true) // refused by the reader of the nodes, which can say where
            .build();

    /**
     * Reads a file of one document.
     *
     * @return empty if there is nothing in it but comments
     * @throws CommandException if it is not YAML, or too large, or too deep
     */
    static Optional<Node> read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(file, in);
        }
    }

    /** The same from a stream, with a name for messages. */
    static Optional<Node> read(Path name, InputStream in) throws IOException {
        return new YamlDocument(name).nodes(in);
    }

    /** A place as editors understand it, with the blank that a message goes behind. */
    static String place(Path file, Optional<Mark> mark) {
        return mark.map(at -> "%s:%d:%d: ".formatted(file, at.getLine() + 1, at.getColumn() + 1))
                .orElse(file + ": ");
    }

    private Optional<Node> nodes(InputStream in) throws IOException {
        String text = text(in);
        try {
            checkDepth(text);
            return new Compose(SETTINGS).composeString(text);
        } catch (MarkedYamlEngineException e) {
            throw notYaml(text, e);
        } catch (YamlEngineException e) {
            throw CommandException.badInput(
                    "%s: not YAML: %s; give a text in YAML 1.2".formatted(file, oneLine(e.getMessage())), e);
        }
    }

    private String text(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw CommandException.badInput(
                    "%s: more than %s; give a YAML file of options".formatted(file, Figures.bytes(MOST_BYTES)));
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw CommandException.badInput("%s: not a text in UTF-8; give a YAML file".formatted(file), e);
        }
    }

    /** Composing calls itself once a level; parsing does not. */
    private void checkDepth(String text) {
        int depth = 0;
        for (Event event : new Parse(SETTINGS).parseString(text)) {
            depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
            if (depth > DEEPEST) {
                throw CommandException.badInput("%slists in lists, more than %d deep; no option takes that"
                        .formatted(place(file, event.getStartMark()), DEEPEST));
            }
        }
    }

    private CommandException notYaml(String text, MarkedYamlEngineException e) {
        String context = e.getContext() == null || e.getContext().isEmpty() ? "" : e.getContext() + ": ";
        Optional<Mark> start = e.getContextMark().or(e::getProblemMark);
        boolean star =
                start.map(mark -> characterAt(text, mark.getIndex()) == '*').orElse(false);
        String advice = star
                ? "a text that begins with * needs quotes, such as '*/head/*'"
                : "check quotes, brackets, colons and indentation there";
        return CommandException.badInput(
                "%snot YAML: %s; %s"
                        .formatted(
                                place(file, e.getProblemMark().or(() -> start)),
                                oneLine(context + e.getProblem()),
                                advice),
                e);
    }

    private static int characterAt(String text, int index) {
        return index < text.codePointCount(0, text.length()) ? text.codePointAt(text.offsetByCodePoints(0, index)) : -1;
    }

    private static String oneLine(String message) {
        return message.replaceAll("(?U)[\\p{Cntrl}\\s]+", " ").strip();
    }
}
