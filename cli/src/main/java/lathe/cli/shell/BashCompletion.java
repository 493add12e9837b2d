package lathe.cli.shell;

import java.util.List;
import java.util.stream.Collectors;

/** The completion script for bash, from version 3.2 on. */
final class BashCompletion {

    private static final String HEAD = """
            # bash completion for lathe, made by 'lathe completion bash'

            _lathe_words() { # words, what is typed so far
                COMPREPLY=($(compgen -W "$1" -- "$2"))
            }

            _lathe_files() { # what is typed so far
                local IFS=$'\\n'
                compopt -o filenames 2>/dev/null
                COMPREPLY=($(compgen -f -- "$1"))
            }

            _lathe_models() { # what is typed so far
                local IFS=$'\\n'
                compopt -o filenames 2>/dev/null
                COMPREPLY=($(compgen -f -X '!*.onnx' -- "$1") $(compgen -d -- "$1"))
            }

            _lathe() {
                local IFS=$' \\t\\n'
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
                COMPREPLY=()
                if [[ $cur == = ]]; then # --option=value comes as three words
                    cur=
                elif [[ $prev == = && $COMP_CWORD -gt 2 ]]; then
                    prev=${COMP_WORDS[COMP_CWORD-2]}
                fi
                if [[ $COMP_CWORD -eq 1 ]]; then
                    _lathe_words "%s --help --version" "$cur"
                    return
                fi
                case ${COMP_WORDS[1]} in
            """;

    private static final String TAIL = """
                esac
            }

            complete -F _lathe lathe
            """;

    private BashCompletion() {}

    static String script(List<Command> commands) {
        String names = commands.stream().map(Command::name).collect(Collectors.joining(" "));
        StringBuilder text = new StringBuilder(HEAD.formatted(names));
        commands.forEach(command -> append(text, command, commands));
        return text.append(TAIL).toString();
    }

    private static void append(StringBuilder text, Command command, List<Command> all) {
        List<CommandOption> options = Arguments.optionsOf(command);
        text.append("        %s)\n            case $prev in\n".formatted(command.name()));
        options.stream()
                .filter(option -> option.value().isPresent())
                .forEach(option -> text.append("                %s) %s return ;;\n"
                        .formatted(String.join(" | ", option.forms()), step(Offer.of(option)))));
        String words =
                options.stream().flatMap(option -> option.forms().stream()).collect(Collectors.joining(" "));
        text.append("            esac\n            if [[ $cur == -* ]]; then\n");
        text.append("                _lathe_words \"%s\" \"$cur\"\n            else\n".formatted(words));
        text.append("                %s\n            fi\n            ;;\n"
                .formatted(step(Offer.ofOperands(command, all)).replaceFirst("^$", ":")));
    }

    /** Fills in the reply; nothing where there is nothing to offer. */
    private static String step(Offer offer) {
        if (offer.files() != Offer.Files.NONE) {
            return offer.files() == Offer.Files.ANY ? "_lathe_files \"$cur\";" : "_lathe_models \"$cur\";";
        }
        return offer.words().isEmpty()
                ? ""
                : "_lathe_words \"%s\" \"$cur\";".formatted(String.join(" ", offer.words()));
    }
}
