package lathe.cli;

import java.io.PrintStream;
import lathe.engine.pipeline.ProgressListener;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** One line on a terminal for the stage under way, wiped when the stage is over. Thread-safe. */
final class ProgressLine implements ProgressListener, AutoCloseable {

    private static final int WIDTH = 78;

    private final PrintStream terminal;
    private ProgressBar bar;
    private boolean shown;

    ProgressLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    /** As {@link ProgressListener#begin}; a stage of unknown length, which has no steps, is named only. */
    @Override
    public synchronized void begin(String stage, long steps) {
        close();
        shown = true;
        if (steps < 1) {
            new Line().accept(stage + "...");
            return;
        }
        bar = new ProgressBarBuilder()
                .setTaskName(stage)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .setConsumer(new Line())
                .build();
    }

    @Override
    public synchronized void step() {
        if (bar != null) {
            bar.step();
        }
    }

    /** Wipes the line; another stage may begin later. */
    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
        if (shown) {
            new Line().clear();
            shown = false;
        }
    }

    /** Rewrites one line of the terminal in place. */
    private final class Line implements ProgressBarConsumer {
        @Override
        public int getMaxRenderedLength() {
            return WIDTH;
        }

        @Override
        public void accept(String rendered) {
            terminal.print("\r" + rendered);
            terminal.flush();
        }

        @Override
        public void clear() {
            terminal.print("\r" + " ".repeat(WIDTH) + "\r");
            terminal.flush();
        }

        @Override
        public void close() {
            // The bar ends; the line is wiped by whoever ended it.
        }
    }
}
