package lathe.cli.shell;

import java.util.List;

/** The completion script for fish, from version 3.0 on. */
final class FishCompletion {

    private FishCompletion() {}

    static String script(List<Command> commands) {
        StringBuilder text = new StringBuilder("""
                # fish completion for lathe, made by 'lathe completion fish'
                complete -c lathe -f
                complete -c lathe -n __fish_use_subcommand -l help -d 'show help'
                complete -c lathe -n __fish_use_subcommand -l version -d 'show the version'
                """);
        for (Command command : commands) {
            text.append("complete -c lathe -n __fish_use_subcommand -a %s -d %s\n"
                    .formatted(command.name(), quoted(command.summary())));
        }
        for (Command command : commands) {
            String start = "complete -c lathe -n '__fish_seen_subcommand_from %s'".formatted(command.name());
            for (CommandOption option : Arguments.optionsOf(command)) {
                text.append(start).append(option(option)).append('\n');
            }
            text.append(operands(start, Offer.ofOperands(command, commands)));
        }
        return text.toString();
    }

    private static String option(CommandOption option) {
        String letter = option.letter().map(l -> " -s " + l).orElse("");
        String value = option.value().map(name -> value(Offer.of(option))).orElse("");
        return "%s -l %s%s -d %s".formatted(letter, option.name(), value, quoted(option.text()));
    }

    private static String value(Offer offer) {
        if (offer.files() != Offer.Files.NONE) {
            return " -r -F";
        }
        return offer.words().isEmpty() ? " -x" : " -x -a " + quoted(String.join(" ", offer.words()));
    }

    private static String operands(String start, Offer offer) {
        if (offer.files() != Offer.Files.NONE) {
            return start + " -a '(__fish_complete_suffix .onnx)'\n";
        }
        return offer.words().isEmpty() ? "" : "%s -a %s\n".formatted(start, quoted(String.join(" ", offer.words())));
    }

    /** Single quotes, in which fish knows two escapes. */
    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
