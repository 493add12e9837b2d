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

    /** Runs a task to its end. */
    <R> R run(Task<R> task);
}
