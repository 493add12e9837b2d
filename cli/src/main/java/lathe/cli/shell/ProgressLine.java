package lathe.cli.shell;

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
    /** Held while something is drawn or printed; the bar draws from a thread of its own. */
    private final Object drawing = new Object();

    private ProgressBar bar;
    private RemainingTime remaining;
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
        remaining = new RemainingTime(System::nanoTime, steps);
        bar = new ProgressBarBuilder()
                .setTaskName(stage)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .hideEta()
                .setConsumer(new Line())
                .build();
    }

    @Override
    public synchronized void step() {
        if (bar != null) {
            remaining.step();
            bar.setExtraMessage(remaining.text());
            bar.step();
        }
    }

    /** Prints something where the line is; the stage goes on below it. */
    synchronized void above(Runnable print) {
        synchronized (drawing) {
            if (shown) {
                new Line().clear();
            }
            print.run();
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
            synchronized (drawing) {
                terminal.print("\r" + rendered);
                terminal.flush();
            }
        }

        @Override
        public void clear() {
            synchronized (drawing) {
                terminal.print("\r" + " ".repeat(WIDTH) + "\r");
                terminal.flush();
            }
        }

        @Override
        public void close() {
            // The bar ends; the line is wiped by whoever ended it.
        }
    }
}
