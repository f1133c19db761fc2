// Recording with the microphone. The stand-in makes of it what Discord's clients post: Ogg/Opus, its length and waveform.

// Returns { stop(): File, cancel() } while it records. Throws an Error with a sentence if there is no microphone.
export async function record() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    const refused = error.name === "NotAllowedError";
    throw new Error(refused ? "The browser does not let this page use the microphone." : "There is no microphone.");
  }
  const recorder = new MediaRecorder(stream);
  const pieces = [];
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
  recorder.start();
  const end = async () => {
    if (recorder.state !== "inactive") recorder.stop();
    await ended;
    for (const track of stream.getTracks()) track.stop();
  };
  return {
    cancel: end,
    async stop() {
      await end();
      return new File(pieces, "recording", { type: recorder.mimeType });
    },
  };
}
