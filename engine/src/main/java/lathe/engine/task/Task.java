package lathe.engine.task;

/**
 * Work on one layer, and all that its result depends on. Immutable data: it can be written, read elsewhere
 * and solved there, see {@link PlainData}.
 *
 * @param <R> the result
 */
public sealed interface Task<R> permits LayerTask, DamageTask {

    /** Does the work. The same task has the same result, bit for bit, but for its time. */
    R solve();
}
