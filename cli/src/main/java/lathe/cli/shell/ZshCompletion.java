package lathe.cli.shell;

import java.util.List;

/** The completion script for zsh, to be loaded or to be put into a folder of its function path as {@code _lathe}. */
final class ZshCompletion {

    private static final String HEAD = """
            #compdef lathe
            # zsh completion for lathe, made by 'lathe completion zsh'

            _lathe() {
              local -a commands
              commands=(
            """;

    private static final String MIDDLE = """
              )
              if (( CURRENT == 2 )); then
                _describe command commands
                _arguments '--help[show help]' '--version[show the version]'
                return
              fi
              local command=$words[2]
              shift words
              (( CURRENT-- ))
              case $command in
            """;

    private static final String TAIL = """
              esac
            }

            if [[ $funcstack[1] == _lathe ]]; then
              _lathe "$@"
            else
              compdef _lathe lathe
            fi
            """;

    private ZshCompletion() {}

    static String script(List<Command> commands) {
        StringBuilder text = new StringBuilder(HEAD);
        commands.forEach(command -> text.append("    %s\n"
                .formatted(quoted(command.name() + ":" + command.summary().replace(":", "\\:")))));
        text.append(MIDDLE);
        for (Command command : commands) {
            text.append("    %s)\n      _arguments -S".formatted(command.name()));
            for (CommandOption option : Arguments.optionsOf(command)) {
                text.append(" \\\n        ").append(specification(option));
            }
            for (int i = 0; i < command.operands().size(); i++) {
                text.append(" \\\n        ").append(operand(command.operands().get(i), i + 1, commands));
            }
            text.append("\n      ;;\n");
        }
        return text.append(TAIL).toString();
    }

    private static String specification(CommandOption option) {
        String repeated = option.list() == CommandOption.ListForm.VALUES ? "*" : "";
        String forms = String.join(" ", option.forms());
        String excluded = repeated.isEmpty() ? "(%s)".formatted(forms) : repeated;
        String value = option.value()
                .map(name -> ":%s:%s".formatted(escaped(name), action(Offer.of(option))))
                .orElse("");
        String text = "[%s]%s".formatted(escaped(option.text()), value);
        if (option.letter().isEmpty()) {
            return quoted(excluded + option.forms().get(0) + (value.isEmpty() ? "" : "=") + text);
        }
        String assignable = value.isEmpty() ? "" : "=";
        return "%s{%s,%s%s}%s"
                .formatted(
                        quoted(excluded), option.forms().get(0), option.forms().get(1), assignable, quoted(text));
    }

    private static String operand(String name, int place, List<Command> all) {
        String at = name.endsWith("...") ? "*" : String.valueOf(place);
        String optional = name.startsWith("[") ? ":" : "";
        String bare = name.replaceAll("[\\[\\]]|\\.\\.\\.", "");
        return quoted("%s:%s%s:%s".formatted(at, optional, escaped(bare), action(Offer.of(name, all))));
    }

    private static String action(Offer offer) {
        return switch (offer.files()) {
            case ANY -> "_files";
            case MODELS -> "_files -g \"*.onnx\"";
            case NONE -> offer.words().isEmpty() ? " " : "(%s)".formatted(String.join(" ", offer.words()));
        };
    }

    private static String escaped(String text) {
        return text.replaceAll("([\\[\\]:\\\\])", "\\\\$1");
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
