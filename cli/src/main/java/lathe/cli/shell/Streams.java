package lathe.cli.shell;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * What a process reads and writes.
 *
 * @param in where a model named {@code -} comes from
 * @param out gets the answer
 * @param err gets progress, warnings and errors
 * @param outIsTerminal true if a person reads {@code out}
 * @param errIsTerminal true if a person reads {@code err}
 */
public record Streams(InputStream in, PrintStream out, PrintStream err, boolean outIsTerminal, boolean errIsTerminal) {}
