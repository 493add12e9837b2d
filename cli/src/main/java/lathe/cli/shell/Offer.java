package lathe.cli.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a shell may offer for a value or an operand, told by its placeholder in the help: {@code best|gptq} are words,
 * {@code 4..8} numbers, {@code FILE} a file.
 *
 * @param words to choose from
 * @param files files that fit
 */
record Offer(List<String> words, Files files) {

    /** What files fit. */
    enum Files {
        NONE,
        ANY,
        MODELS
    }

    private static final Pattern RANGE = Pattern.compile("([a-z]*)(\\d)\\.\\.(\\d)");
    private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9:-]*");
    private static final Set<String> ANY_FILE = Set.of("FILE", "FOLDER", "DIR", "SHEET");
    private static final Set<String> MODEL = Set.of("MODEL", "ORIGINAL", "COMPRESSED");

    /**
     * What fits the placeholder of an operand.
     *
     * @param all the commands, for one that takes a command's name
     */
    static Offer of(String placeholder, List<Command> all) {
        List<String> words = new ArrayList<>();
        Files files = Files.NONE;
        for (String part : placeholder.replaceAll("\\.\\.\\.$|[\\[\\]]", "").split("\\|", -1)) {
            Matcher range = RANGE.matcher(part);
            if (range.matches()) {
                for (int i = Integer.parseInt(range.group(2)); i <= Integer.parseInt(range.group(3)); i++) {
                    words.add(range.group(1) + i);
                }
            } else if (WORD.matcher(part).matches()) {
                words.add(part);
            } else if (part.equals("COMMAND")) {
                all.forEach(command -> words.add(command.name()));
            } else if (ANY_FILE.contains(part)) {
                files = Files.ANY;
            } else if (MODEL.contains(part)) {
                files = Files.MODELS;
            }
        }
        return new Offer(words, files);
    }

    /** What fits the value of an option; nothing for a flag. */
    static Offer of(CommandOption option) {
        return option.value().map(name -> of(name, List.of())).orElse(new Offer(List.of(), Files.NONE));
    }

    /** What fits the operands of a command: the last one's words and files, which all commands have alike. */
    static Offer ofOperands(Command command, List<Command> all) {
        List<String> operands = command.operands();
        return operands.isEmpty() ? new Offer(List.of(), Files.NONE) : of(operands.get(operands.size() - 1), all);
    }
}
