/** Rewrites that remove channels, by what synthetic inputs show of them. The entry point is {@link lathe.synth.channel.ChannelPasses}. */
package lathe.synth.channel;
