class EntriesController < ApplicationController
  def index
    @entry = Entry.new
    @entries = Entry.newest
  end

  def create
    @entry = Entry.new(params.require(:entry).permit(:name, :text))
    if @entry.save
      redirect_to root_path, status: :see_other
    else
      @entries = Entry.newest
      render :index, status: :unprocessable_entity
    end
  end
end
