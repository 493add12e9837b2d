package lathe.engine.task;

/**
 * Runs tasks: in the calling thread, or wherever else. Called by several threads at once, each with a task of its own;
 * returns when the task is done. The same task has the same result everywhere, but for the time it took.
 */
public interface LayerExecutor {

    /** Runs tasks in the calling thread. */
    LayerExecutor HERE = new LayerExecutor() {
        @Override
        public <R> R run(Task<R> task) {
            return task.solve();
        }
    };

    /**
     * Runs a task to its end.
     *
     * @throws IllegalStateException if the calling thread is interrupted; the task is then given up
     */
    <R> R run(Task<R> task);

    /** Called when a run begins, perhaps by several at once: where tasks cannot be run, this fails, before hours are spent. */
    default void connect() {}

    /**
     * How many tasks it should be given at once; asked before each step over all layers.
     *
     * @param threads of this process that the run may use
     */
    default int tasksAtOnce(int threads) {
        return threads;
    }
}
